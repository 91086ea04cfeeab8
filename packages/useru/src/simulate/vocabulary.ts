/** The five modalities of simulated events. */
export const simulatedModalities = ['bill', 'mini', 'spm', 'search', 'app'] as const;

/** One of the simulated modalities. */
export type SimulatedModality = (typeof simulatedModalities)[number];

/** What a simulated person may care about. */
export const interests = [
  'food',
  'home',
  'fashion',
  'travel',
  'games',
  'fitness',
  'money',
  'nature',
] as const;

/** One interest. */
export type Interest = (typeof interests)[number];

/** A kind of event a person does out of interest. */
export interface InterestAction {
  /** The interest that drives it. */
  readonly interest: Interest;
  /** Its category. */
  readonly category: string;
  /** What events of it are about; one is drawn per event. */
  readonly items: readonly string[];
  /** A typical price at middling income; absent where nothing is paid. */
  readonly price?: number;
}

const list = (text: string): readonly string[] => text.split(', ');

/** What interests lead to, by modality. */
export const interestActions: Readonly<Record<SimulatedModality, readonly InterestAction[]>> = {
  bill: [
    {
      interest: 'food',
      category: 'restaurant',
      items: list(
        'corner noodle house, garden grill, river cafe, old town bakery, hill steakhouse',
      ),
      price: 18,
    },
    {
      interest: 'home',
      category: 'supermarket',
      items: list('daily market, green basket, neighbourhood grocer, warehouse store'),
      price: 32,
    },
    {
      interest: 'home',
      category: 'utility payment',
      items: list('electricity, water, heating, broadband, phone top-up'),
      price: 40,
    },
    {
      interest: 'fashion',
      category: 'shopping',
      items: list(
        'shoe outlet, clothing store, cosmetic counter, sports brand store, second-hand shop',
      ),
      price: 55,
    },
    {
      interest: 'travel',
      category: 'travel booking',
      items: list('flight, hotel, train ticket, holiday resort, tour'),
      price: 140,
    },
    {
      interest: 'travel',
      category: 'transport',
      items: list('metro, bus, taxi ride, parking, shared bike'),
      price: 4,
    },
    {
      interest: 'games',
      category: 'entertainment',
      items: list('cinema, game credits, concert ticket, music streaming'),
      price: 15,
    },
    {
      interest: 'fitness',
      category: 'health',
      items: list('pharmacy, gym membership, yoga class, dental clinic'),
      price: 25,
    },
    {
      interest: 'money',
      category: 'fund purchase',
      items: list('money market fund, bond fund, index fund, gold savings'),
      price: 200,
    },
  ],
  mini: [
    {
      interest: 'food',
      category: 'food delivery',
      items: list('takeaway menu, table booking, tea ordering, canteen card'),
    },
    {
      interest: 'home',
      category: 'household services',
      items: list('parcel tracking, cleaning booking, meter reading, school fees'),
    },
    {
      interest: 'fashion',
      category: 'shopping mall',
      items: list('flash sale, membership points, brand shop, live shopping'),
    },
    {
      interest: 'travel',
      category: 'mobility',
      items: list('bus code, ride hailing, bike unlock, parking payment, flight status'),
    },
    {
      interest: 'games',
      category: 'casual games',
      items: list('puzzle, card game, quiz battle, lucky draw'),
    },
    {
      interest: 'fitness',
      category: 'fitness',
      items: list('step counter, clinic booking, vaccination record, running club'),
    },
    {
      interest: 'nature',
      category: 'forest',
      items: list('energy collection, tree planting, donation, recycling pickup'),
    },
  ],
  spm: [
    { interest: 'food', category: 'food channel', items: list('nearby, ranking, reviews, orders') },
    { interest: 'home', category: 'life payments', items: list('bills, history, reminder') },
    { interest: 'fashion', category: 'mall', items: list('home, cart, favourites, returns') },
    { interest: 'travel', category: 'travel channel', items: list('search, calendar, deals') },
    { interest: 'games', category: 'leisure channel', items: list('tickets, videos, ranking') },
    {
      interest: 'money',
      category: 'wealth',
      items: list('holdings, market, fund detail, calculator'),
    },
    { interest: 'nature', category: 'forest page', items: list('my tree, friends, map') },
  ],
  search: [
    {
      interest: 'food',
      category: 'food search',
      items: list('dumplings near me, coffee, late dinner'),
    },
    { interest: 'home', category: 'home search', items: list('pay rent, parcel, furniture') },
    {
      interest: 'fashion',
      category: 'fashion search',
      items: list('sneakers, winter coat, lipstick'),
    },
    {
      interest: 'travel',
      category: 'travel search',
      items: list('cheap hotel, visa, weekend trip'),
    },
    {
      interest: 'games',
      category: 'leisure search',
      items: list('new films, festival, game codes'),
    },
    { interest: 'fitness', category: 'health search', items: list('doctor, yoga, vitamins') },
    {
      interest: 'money',
      category: 'finance search',
      items: list('interest rates, gold price, funds'),
    },
  ],
  app: [
    { interest: 'food', category: 'food app', items: list('recipes, restaurant guide') },
    { interest: 'home', category: 'family app', items: list('messenger, photo album, baby log') },
    { interest: 'fashion', category: 'shopping app', items: list('marketplace, outlet, resale') },
    { interest: 'travel', category: 'travel app', items: list('maps, airline, hostels') },
    { interest: 'games', category: 'game app', items: list('strategy, racing, cards, video') },
    { interest: 'fitness', category: 'fitness app', items: list('running, sleep, diet') },
    { interest: 'money', category: 'finance app', items: list('bank, broker, budget') },
    { interest: 'nature', category: 'news app', items: list('news, weather, podcasts') },
  ],
};
