"""Training of nnU-Net on what came out: its data sets, and its own trainer in its own process.

Nothing here imports nnU-Net but `manyhands.training.child`, which runs in a process of its own with
an environment of its own.
"""
