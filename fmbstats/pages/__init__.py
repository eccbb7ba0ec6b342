"""Parts of a page from results, and the page they make."""
