"""From many people's boxes on CT and MR slices to one consistent 3D label volume."""

__version__ = "0.1.0"
