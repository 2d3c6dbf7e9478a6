"""What stands between the lab and misuse: consent for each face that is put in, no nudity, a log of everything."""
