"""The server: a study's page for those who annotate, review and lead.

`make_app` puts it together; `routes/` holds what it answers, `access.py` who may ask.
"""

from manyhands.server.app import make_app
from manyhands.server.settings import ServerSettings

__all__ = ["ServerSettings", "make_app"]
