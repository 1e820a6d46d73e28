"""The loop: gather what is due, decide with one pure function, apply in one transaction, then tell."""
