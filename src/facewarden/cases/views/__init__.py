"""A `Document` as text, Markdown, HTML or PDF. Each view makes harmless what its format could take for markup."""
