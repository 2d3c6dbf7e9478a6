"""Policy: what is to be done with a file, given what was found. Rules are data; deciding does nothing by itself."""
