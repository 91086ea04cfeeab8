/** A part of life that events may touch, found by words. */
export interface LifeTopic {
  /** Its name in pair files, unique. */
  readonly id: string;
  /** The life domain it belongs to. */
  readonly domain: string;
  /** How a query names it, e.g. `food and drink`. */
  readonly name: string;
  /** Lower-case words, or pairs of words, that show it; a plural in -s or -es counts too. */
  readonly keywords: readonly string[];
}

/** Splits a comma-separated list. */
const words = (list: string): readonly string[] => list.split(', ');

/** The built-in life topics: replace them by your own with the option `topics` of the annotator. */
export const lifeTopics: readonly LifeTopic[] = [
  {
    id: 'takeout',
    domain: 'payments',
    name: 'takeaway food and restaurants',
    keywords: words(
      'takeout, takeaway, restaurant, pizza, burger, noodle, sushi, cafe, coffee, tea, meal, lunch, dinner, breakfast, snack, food, dumpling, bakery, delivery, canteen',
    ),
  },
  {
    id: 'groceries',
    domain: 'payments',
    name: 'groceries and household goods',
    keywords: words(
      'grocery, groceries, supermarket, market, convenience, fruit, vegetable, detergent, household, butcher, fresh',
    ),
  },
  {
    id: 'shopping',
    domain: 'payments',
    name: 'shopping and brands',
    keywords: words(
      'shop, shopping, store, mall, fashion, clothes, clothing, shoe, sneaker, cosmetic, brand, outlet, electronics, gadget, jewellery, furniture',
    ),
  },
  {
    id: 'promotions',
    domain: 'mini-programs',
    name: 'coupons and discounts',
    keywords: words(
      'coupon, discount, voucher, sale, promotion, promo, cashback, rebate, deal, bargain, red packet, points, membership',
    ),
  },
  {
    id: 'transport',
    domain: 'mini-programs',
    name: 'commuting and transport',
    keywords: words(
      'bus, metro, subway, taxi, ride, bike, parking, fuel, petrol, toll, commute, transport, charging station',
    ),
  },
  {
    id: 'travel',
    domain: 'search',
    name: 'travel and holidays',
    keywords: words(
      'travel, flight, airline, hotel, hostel, train ticket, tour, holiday, visa, luggage, resort, cruise',
    ),
  },
  {
    id: 'housing',
    domain: 'payments',
    name: 'housing and utilities',
    keywords: words(
      'rent, mortgage, electricity, water, gas, heating, broadband, utility, utilities, property, household payment, phone bill, top-up',
    ),
  },
  {
    id: 'credit',
    domain: 'pages',
    name: 'loans and credit',
    keywords: words(
      'loan, credit, credit card, instalment, installment, repayment, overdue bill, overdue payment, debt, borrow, lending, sanction, overdraft, quota',
    ),
  },
  {
    id: 'savings',
    domain: 'pages',
    name: 'savings and investments',
    keywords: words(
      'savings, saving, fund, stock, invest, investment, wealth, gold, dividend, interest, deposit, pension, portfolio, interest credited',
    ),
  },
  {
    id: 'transfers',
    domain: 'payments',
    name: 'transfers and cash',
    keywords: words(
      'transfer, remittance, withdrawal, cash, collection, payee, salary, payroll, wire, atm',
    ),
  },
  {
    id: 'insurance',
    domain: 'pages',
    name: 'insurance',
    keywords: words('insurance, insurer, premium, policy, claim, coverage, insurrance'),
  },
  {
    id: 'health',
    domain: 'search',
    name: 'health and fitness',
    keywords: words(
      'health, hospital, doctor, clinic, pharmacy, medicine, gym, fitness, yoga, running, sport, dental, vaccination',
    ),
  },
  {
    id: 'learning',
    domain: 'pages',
    name: 'study material and courses',
    keywords: words(
      'course, lecture, lesson, study, content, oucontent, resource, subpage, textbook, tutorial, glossary, wiki, ouwiki, school, university, exam prep, homepage, language course',
    ),
  },
  {
    id: 'assessment',
    domain: 'pages',
    name: 'tests and assignments',
    keywords: words(
      'quiz, externalquiz, exam, assessment, assignment, homework, coursework, tma, cma, submitted, missed, grade, score, questionnaire',
    ),
  },
  {
    id: 'social',
    domain: 'apps',
    name: 'messaging and discussion',
    keywords: words(
      'forum, forumng, chat, message, messenger, social, friend, community, discussion, collaborate, oucollaborate, ouelluminate, dating, blog',
    ),
  },
  {
    id: 'entertainment',
    domain: 'apps',
    name: 'games, music and films',
    keywords: words(
      'game, gaming, music, movie, film, video, cinema, concert, ticket, stream, streaming, novel, karaoke, festival, live show',
    ),
  },
  {
    id: 'work',
    domain: 'apps',
    name: 'work and office',
    keywords: words(
      'office, work, job, meeting, recruitment, resume, invoice, calendar, email, document, spreadsheet, business',
    ),
  },
  {
    id: 'charity',
    domain: 'mini-programs',
    name: 'charity and the environment',
    keywords: words(
      'charity, donation, tree, forest, green energy, recycling, volunteer, carbon, energy collection, planting',
    ),
  },
  {
    id: 'family',
    domain: 'search',
    name: 'family and children',
    keywords: words(
      'baby, child, children, kindergarten, toy, diaper, family, parent, wedding, pregnancy, pet',
    ),
  },
  {
    id: 'news',
    domain: 'apps',
    name: 'news and information',
    keywords: words('news, newspaper, weather, headline, magazine, podcast, reader, map'),
  },
];
