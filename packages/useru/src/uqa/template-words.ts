const text = `
a about according always favourite next over them action actions active activity add afternoon against ago all altogether among amount amounts an and another
apart are around as at average away background be before between broad busiest buy by care clear commonest current
daily day days different differs does dominant each earlier equal evening every excellent fading fair fairly falling
few find first fixed for found fridays from gaps gives good growing hard hardly has high highest hours how important in
irregular is it kind kinds last lately latest less low main mainly minor mixed moderate mondays months more morning most
mostly most-often name names narrow never new night no none not nothing now occur occurs of often on once one only or
other others out part pause pauses peak percent points profile rare record records regular revived rhythm rising said
saturdays score scores share sign silence silent single span spans stands steady stopped such sum sundays than that the
their then thing this thursdays time times to too tell little top total tuesdays two typical uncertain unknown up user
usual usually varied very was wednesdays week weekday weekend weekly weeks were when which wide with yes lasts longest
do dominates else same together under bursts half
`;

/** The words that template answers are made of, beside names and numbers. */
export const templateWords: ReadonlySet<string> = new Set(text.trim().split(/\s+/u));
