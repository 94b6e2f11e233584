"""What browsers report about our pages: errors of scripts, and what the Content-Security-Policy kept from happening."""
