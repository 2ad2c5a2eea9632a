export const PLANTS = { fern: 'Fern', ivy: 'Ivy' };
