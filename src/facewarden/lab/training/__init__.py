"""Training of the forgery network: a store of faces, forgeries made on the fly, paired batches, the loop."""
