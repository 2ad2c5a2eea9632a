// Parameters of an address that name a campaign or an advertiser's click.

export const UTM = ['utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content'] as const;
export const CLICK_IDS = ['gclid', 'fbclid', 'msclkid', 'ttclid', 'twclid', 'yclid', 'bd_vid'];
