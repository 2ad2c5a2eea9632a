// Busy as soon as it is loaded.
burn(150);
