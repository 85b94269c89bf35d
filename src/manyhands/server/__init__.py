"""The server: a study's page for those who annotate, review and lead."""
