"""The vault: isolates files and keeps evidence of what was done with them.

What lies in a vault's folder, format 1 (`docs/vault.md` says the same for those who use it)::

    vault.json       signed: format, identity, public key, whether two people must agree to destroy
    key.json         the master key, wrapped by a passphrase or kept in the system's key ring (`sealed.key_file`)
    signing.key      the seed of the vault's Ed25519 key, sealed
    public.pem       its public key, for other people's tools
    custody.jsonl    the custody log: a signed entry a line (`custody.entry`), chained; nothing is ever taken out
    head.json        signed: how many entries there are, and the end of their chain
    objects/ab/cd..  the files, each sealed; the name is a keyed digest of the content, which tells nobody what it is
    receipts/        signed: what was destroyed, by whom and why
    incoming/        files on their way in; empty between commands

The log is the only truth: which cases there are and in which state follows from its entries, and so does what an
interrupted command left to be done. Every step that changes something is announced by an entry (``.begun``) and
concluded by another one (``.done`` or ``.undone``); whoever opens the vault next brings it to one or the other end.
"""
