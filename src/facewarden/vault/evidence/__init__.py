"""Evidence packages: a case in a zip that anybody can check with public tools, without us and without our key."""
