"""The pages of the router: the personal page behind each link, and the live console."""
