INTERCEPT = 1.5
TERMS = dict.fromkeys(range(15), (0.0, 1.0, 0.0))
REACHES = ((0.0, 1.0, 1.0),)
