"""The exceptions of manyhands.

ManyhandsError              catch this to print a message and go on with the next thing
├── InputError              a file or a value given by somebody is not usable: name it, skip it
│   ├── VolumeError         an image or label volume
│   ├── BoxFileError        a file of boxes
│   ├── WeightsError        a file of a network's weights
│   ├── PromptError         a box or point that a network is to be asked with
│   └── ConfigError         manyhands.toml, or an argument
├── StudyError              the study's folder or database is not in the state that is needed
│   ├── StudyBusyError      another process writes to it: try again when that has ended
│   ├── StudyFullError      the disk is full: nothing was written, make room and try again
│   └── StudyBrokenError    its database cannot be opened, read or written: see to the disk
├── MethodError             a method met data it has no answer for
└── ExecutorError           a process that did heavy work ended in the middle of it, again and again
"""

from __future__ import annotations


class ManyhandsError(Exception):
    """Anything that manyhands raises on purpose; the message is for the person at the keyboard."""


class InputError(ManyhandsError):
    """A file or value from outside is not usable."""


class VolumeError(InputError):
    """An image or label volume cannot be used."""


class BoxFileError(InputError):
    """A file of boxes cannot be used."""


class WeightsError(InputError):
    """A file of weights is missing, damaged, not the one it should be, or of another network."""


class PromptError(InputError):
    """A box or point does not fit the slice it is meant for."""


class ConfigError(InputError):
    """The configuration names something unknown, lacks something, or has an impossible value."""


class StudyError(ManyhandsError):
    """The study is not in the state that a step needs."""


class StudyBusyError(StudyError):
    """Another process is writing to the study."""


class StudyFullError(StudyError):
    """The disk is full; nothing was written."""


class StudyBrokenError(StudyError):
    """The database cannot be used; it may be damaged, or its disk away for a while."""


class MethodError(ManyhandsError):
    """A method met data it has no answer for."""


class ExecutorError(ManyhandsError):
    """A process ended in the middle of heavy work, and so did those that tried again."""
