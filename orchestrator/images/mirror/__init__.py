"""Images that are taken as they are (`image:` in the manifest): named, resolved to a digest and mirrored."""
