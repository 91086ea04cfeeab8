import { afterEach } from 'vitest';

import { openShop, type Shop } from '../shop.js';

const shops: Shop[] = [];
afterEach(async () => {
  await Promise.all(shops.splice(0).map((shop) => shop.remove()));
});

/** A shop that is removed after the test. */
export async function newShop(...args: Parameters<typeof openShop>): Promise<Shop> {
  const shop = await openShop(...args);
  shops.push(shop);
  return shop;
}
