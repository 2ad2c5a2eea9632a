// The products of the shop, and the search.

export const CURRENCY = 'EUR';

export const CATEGORIES = {
  tea: 'Tea',
  pots: 'Pots',
  cups: 'Cups',
  tools: 'Tools',
} as const;

export type Category = keyof typeof CATEGORIES;

export interface Product {
  /** Also names the picture: `products/{id}.svg`. */
  id: string;
  name: string;
  category: Category;
  priceCents: number;
  /** Weight, volume or another measure of one piece. */
  unit: string;
  /** One sentence for the product page. */
  text: string;
  /** Rows of the table on the product page. */
  facts: [name: string, value: string][];
  /** Additional words for the search, which also uses name, category and text. */
  keywords: string;
}

/** Returns the event fields that describe a product. */
export function productFields({ id, name, priceCents }: Product) {
  return { product_id: id, product_name: name, price_cents: priceCents, currency: CURRENCY };
}

const product = (
  id: string,
  category: Category,
  name: string,
  priceCents: number,
  unit: string,
  text: string,
  facts: Product['facts'],
  keywords: string,
): Product => ({ id, category, name, priceCents, unit, text, facts, keywords });

export const PRODUCTS: readonly Product[] = [
  product(
    'sencha',
    'tea',
    'Spring Sencha',
    1450,
    '100 g tin',
    'First-harvest green tea, steamed the day it is picked: grass, sea air and a sweet finish.',
    [
      ['Brew', '70 °C, 90 seconds'],
      ['Per cup', '2 g'],
      ['Steeps', '3 times'],
    ],
    'green leaf japan',
  ),
  product(
    'round-teapot',
    'pots',
    'Harbour Teapot',
    5400,
    '0.8 l',
    'A round stoneware pot in harbour blue with a wave of bare clay, and a spout that does not drip.',
    [
      ['Volume', '0.8 l, four cups'],
      ['Material', 'Glazed stoneware'],
      ['Care', 'Dishwasher safe'],
    ],
    'stoneware blue kettle family',
  ),
  product(
    'celadon-bowl',
    'cups',
    'Celadon Bowl',
    2600,
    '0.35 l',
    'A wide, ribbed bowl for whisked tea. The glaze pools in every groove, so no two are alike.',
    [
      ['Volume', '0.35 l'],
      ['Material', 'Porcelain, celadon glaze'],
      ['Care', 'Hand wash'],
    ],
    'matcha green porcelain',
  ),
  product(
    'oolong',
    'tea',
    'Roasted Oolong',
    1800,
    '80 g caddy',
    'Half-dark leaves rolled tight and roasted slowly: toasted hazelnut, plum and warm bread.',
    [
      ['Brew', '95 °C, 60 seconds'],
      ['Per cup', '3 g'],
      ['Steeps', '6 times'],
    ],
    'leaf dark roast',
  ),
  product(
    'glass-teapot',
    'pots',
    'Clear Glass Teapot',
    3400,
    '0.6 l',
    'Watch the leaves open. Thin heat-proof glass with a strainer and a lid of oiled beech.',
    [
      ['Volume', '0.6 l, three cups'],
      ['Material', 'Borosilicate glass, beech'],
      ['Care', 'Lid by hand'],
    ],
    'transparent strainer infuser',
  ),
  product(
    'cup-and-saucer',
    'cups',
    'Rose Cup and Saucer',
    2800,
    '0.2 l',
    'A thin-lipped cup in dusty rose, banded by hand, with a saucer that has room for a biscuit.',
    [
      ['Volume', '0.2 l'],
      ['Material', 'Porcelain'],
      ['Care', 'Dishwasher safe'],
    ],
    'pink porcelain set',
  ),
  product(
    'smoked-black',
    'tea',
    'Smoked Black',
    1250,
    '100 g bag',
    'Black tea dried over pine fires: a campfire in a cup, best with a splash of milk.',
    [
      ['Brew', '95 °C, 3 minutes'],
      ['Per cup', '3 g'],
      ['Steeps', '2 times'],
    ],
    'leaf breakfast strong',
  ),
  product(
    'gooseneck-kettle',
    'tools',
    'Gooseneck Kettle',
    7900,
    '1.0 l',
    'A slow, thin stream that lands where you point it. Brushed steel, for every kind of hob.',
    [
      ['Volume', '1.0 l'],
      ['Material', 'Steel, walnut handle'],
      ['Works on', 'Gas, electric, induction'],
    ],
    'pour over water boil',
  ),
  product(
    'chamomile-mint',
    'tea',
    'Chamomile and Mint',
    950,
    '60 g jar',
    'Whole flower heads and cut mint, nothing else. No caffeine: made for the end of the day.',
    [
      ['Brew', '100 °C, 6 minutes'],
      ['Per cup', '2 g'],
      ['Caffeine', 'None'],
    ],
    'herbal evening flower infusion',
  ),
  product(
    'stoneware-mug',
    'cups',
    'Speckled Mug',
    1900,
    '0.4 l',
    'A big mug for a big desk: speckled clay, dipped once in slate glaze, warm in both hands.',
    [
      ['Volume', '0.4 l'],
      ['Material', 'Stoneware'],
      ['Care', 'Dishwasher safe'],
    ],
    'stoneware large coffee',
  ),
  product(
    'side-handle-pot',
    'pots',
    'Side-Handle Pot',
    6200,
    '0.3 l',
    'Unglazed red clay that grows smoother with every brew; one turn of the wrist pours it out.',
    [
      ['Volume', '0.3 l, two bowls'],
      ['Material', 'Unglazed red clay'],
      ['Care', 'Rinse, no soap'],
    ],
    'kyusu terracotta small',
  ),
  product(
    'bamboo-whisk',
    'tools',
    'Bamboo Whisk',
    2100,
    '80 tines',
    'Cut from a single piece of bamboo, for a fine and lasting foam on powdered tea.',
    [
      ['Tines', '80'],
      ['Material', 'Bamboo'],
      ['Care', 'Rinse and air dry'],
    ],
    'matcha chasen foam',
  ),
];

export function findProduct(id: string | null): Product | undefined {
  return PRODUCTS.find((candidate) => candidate.id === id);
}

export function isCategory(name: string | null): name is Category {
  return name !== null && Object.hasOwn(CATEGORIES, name);
}

/** Returns products that have, for each word of the query, a word that begins with it. */
export function searchProducts(query: string): Product[] {
  const wanted = words(query);
  if (wanted.length === 0) return [];
  return PRODUCTS.filter((candidate) => {
    const { name, category, text, keywords } = candidate;
    const known = words(`${name} ${CATEGORIES[category]} ${text} ${keywords}`);
    return wanted.every((word) => known.some((other) => other.startsWith(word)));
  });
}

export function formatPrice(cents: number): string {
  return new Intl.NumberFormat('en-IE', { style: 'currency', currency: CURRENCY }).format(
    cents / 100,
  );
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
