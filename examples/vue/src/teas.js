export const TEAS = { sencha: 'Sencha', oolong: 'Oolong' };
