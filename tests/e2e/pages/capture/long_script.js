// Blocks the page as soon as it is loaded.
burn(150);
