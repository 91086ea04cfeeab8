import { list } from './interest-action.js';

/** Streets and corners that shops are named after; made up. */
export const places = list(
  'Amber Lane, Birch Corner, Canal Side, Clock Tower, Copper Yard, East Gate, Elm Row, Ferry Dock, ' +
    'Garden Arcade, Glass Hall, Hill Top, Iron Bridge, Lantern Street, Lower Mill, Maple Court, ' +
    'Market Square, Moon Alley, North Quay, Old Orchard, Pear Tree, Quarry Road, River Bend, ' +
    'Rose Terrace, Salt Wharf, Silver Stairs, South Arch, Stone Well, Sunny Bank, Tram Stop, Willow Park',
);

/** First halves of made-up names of apps and mini-programs. */
export const nameStarts = list(
  'Bright, Calm, Clever, Daily, Easy, Ember, Happy, Jolly, Little, Lucky, Mellow, Neat, Nimble, Plain, ' +
    'Quick, Rapid, Ready, Simple, Sunny, Swift, Tidy, Trusty, Vivid, Warm',
);

/** Towns to travel to; made up. */
export const towns = list(
  'Arlen Bay, Brookmere, Calder Falls, Dunmore Beach, Eastfen, Fallow Ridge, Greyhaven, Harlow Sands, ' +
    'Isle Veer, Juniper Springs, Kettle Lake, Lindmoor, Marrow Peak, Nettle Cove, Orrin Valley',
);
