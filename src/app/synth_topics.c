/* app/synth_topics.c: subjects of essays, each in three paragraphs that belong together. */
#include "app/synth_data.h"

const struct synth_topic synth_topics[] = {
    { "Our well ran dry in the second week of {March|April|August}, and nobody could say whether "
      "the water was gone or only deeper. I was told to wait for the engineer. Instead I lowered a "
      "{stone|bottle|bolt} on a string and marked where the string came up wet.",
      "For {9-20} weeks I measured the level every morning before school, {60-140} readings in "
      "all, and compared them with the rain that a neighbour had recorded. Because the rope "
      "stretched, I replaced it with wire and repeated the first {12-25} measurements. Then I drew "
      "both curves on the back of a seed poster.",
      "The level followed the rain by {8-15} days, so the well was leaking less than people "
      "feared. After the lining was repaired, losses fell by {20-45} %, and {9-30} families "
      "adopted "
      "the string method for their own wells. I learned that my first explanation had been wrong, "
      "and that writing it down was the only reason I noticed." },
    { "The bicycle shop on our street throws away wheels that are \"only\" bent. I asked for one, "
      "then for ten. My {uncle|neighbour|cousin} lent me a spoke key, and a corner of the yard "
      "became a workshop before anybody had agreed to it.",
      "In {2-4} years I repaired {80-240} bicycles on Saturdays. First I kept every tool in one "
      "box; however, beginners could not find anything, so I painted the outline of each tool on "
      "a board. I trained {4-9} younger pupils, and we tested each bicycle for {2-5} km before it "
      "left the yard.",
      "Repairs that came back fell from {20-30} % to {4-9} %. The board taught me more than the "
      "spoke key: I had assumed that people are careless, while in truth my workshop had been "
      "unclear. I still doubt myself whenever I am about to call someone careless." },
    { "At five in the morning our bakery stall smells of yeast and diesel. I have worked there "
      "since I was {12-14}, at first because we needed the money, and later because I had begun to "
      "count things.",
      "We used to bake by feeling. For {6-12} weeks I recorded how many loaves were left at "
      "closing, what the weather was, and whether school was on: {300-700} entries in a blue "
      "notebook. Then I planned the next day's dough from the three days before it, and explained "
      "the rule to my aunt with {20-40} dried beans.",
      "Waste fell from {14-25} loaves to {3-8} loaves a day, which saved {15-40} dollars weekly. "
      "My aunt did not trust the rule until it failed on a festival day and I admitted that "
      "festivals were missing from it. She adopted it after that, since it had been wrong in a way "
      "that could be understood." },
    { "Our school paper had two readers, and both of them wrote for it. I joined because "
      "the printer was in a warm room, and stayed because the printer was the only thing in the "
      "room that worked.",
      "As editor I interviewed {20-60} students about what they would read, published their "
      "complaints, and changed the paper to {4-8} pages with one map, one number and one long "
      "story each. We wrote {10-24} issues in {2-3} years. Before each issue, two people checked "
      "every figure, because a wrong bus time had once sent {9-20} people to an empty stop.",
      "Readers rose to {180-420} students, and the town reprinted our piece on evening lighting; "
      "{5-12} lamps were replaced within {3-8} weeks. I learned to listen for the sentence after "
      "the one people had prepared, and that a correction printed large earns more trust than a "
      "story." },
    { "Chess came to our {village|estate|block} in a biscuit tin with two pieces missing. A "
      "{salt cellar|cork|bolt} is still the white rook. I lost {30-60} games against my "
      "grandfather before I asked him what he was looking at.",
      "I started a club with {5-8} players and a rule: after each game, both must write one move "
      "they regret and why. We met weekly for {2-4} years and recorded {200-700} games. While "
      "sorting them I counted where games were lost, and planned lessons from the count rather "
      "than from a book.",
      "Most games were lost within {3-6} moves of winning something, which none of us had "
      "expected. After {8-14} lessons on that single moment our team reached the district final. "
      "I understood that success makes people stop looking, and I have found the same in my own "
      "physics homework." },
    { "The choir of our valley sang from memory, and memory was getting old. When the "
      "{organist|conductor|eldest singer} fell ill there was nobody who knew the third verse of "
      "anything.",
      "I recorded {18-45} singers in their kitchens, wrote down {40-110} songs by ear, and "
      "compared versions that differed. It took {9-16} months. However, I could not decide which "
      "version was right, so I printed them side by side and explained who had sung which.",
      "The book has {90-160} pages, and {12-30} people under twenty now sing from it. Two "
      "families who had argued for years about one verse discovered that both versions came from "
      "the same woman. I had wanted to save the correct song; I learned that there had been a "
      "conversation instead." },
    { "The slope behind our school used to arrive in the classroom every rainy season. We swept "
      "it out. In my {third|fourth} year I asked whether anybody had tried to keep it where it "
      "was.",
      "With {12-30} pupils I planted {150-400} seedlings in three patterns and drove {9-24} marked "
      "stakes into the soil to see how much was lost. We measured monthly for {2-3} years. After "
      "goats had eaten the first row we built a fence from {80-200} bottles, and then started "
      "again.",
      "Where the rows followed the contour, erosion fell by {25-50} %; where they ran downhill it "
      "did not change at all, although those plants were the healthiest. I had expected the "
      "opposite. I keep one of the stakes on my desk as evidence against me." },
    { "Two buses leave our stop at the same minute, and then none for an hour. Everybody "
      "complained; nobody had a list. I like lists, so I sat down on the bench with a watch.",
      "Over {8-16} weeks I recorded {400-900} arrivals, wrote a small program to compare them with "
      "the timetable, and mapped the delays by hour. Because one road explained most of them, I "
      "interviewed {4-9} drivers on their breaks instead of writing an angry letter.",
      "They told me about a signal that no office had noticed. I presented {3-6} pages to the "
      "council; {two|three} changes were adopted, and the mean wait fell by {6-14} minutes. I "
      "learned that the people who know are seldom asked, and that a table opens doors that "
      "anger does not." },
    { "I am the one in my family who fills in the forms. Since I was {9-12} I have translated "
      "letters from landlords, schools and hospitals, often without knowing the words in either "
      "language.",
      "When the clinic asked for volunteers, I prepared a glossary of {150-400} words with "
      "{3-6} nurses and tested it with {20-50} patients. Whether a word was understood mattered "
      "more than whether it was elegant, so we replaced {40-90} of them. I served {60-180} hours "
      "in {2-3} years.",
      "Missed appointments fell by {12-30} %. One mistake stays with me: I once softened a "
      "diagnosis because I wanted to be kind, and the patient did not come back in time. Since "
      "then I translate what is said, and then ask whether I may add something of my own." },
    { "The weather forecast for our {island|valley|plateau} is made {120-300} km away. It is "
      "right about the capital. I wanted one that was right about us, and began with a tin can.",
      "I built {4-9} rain gauges and {2-4} thermometers in white boxes, and asked {5-12} "
      "households to read them daily. After {10-18} months we had {700-990} readings, a "
      "tenth of which were wrong because two of the boxes stood in the sun. I designed a stand "
      "that fixed it, and threw the bad readings away, although it hurt.",
      "The valley is {2-4} degrees colder at dawn than the forecast says. Farmers now cover "
      "seedlings by our board, and losses to frost fell by {20-40} %. I learned more from the "
      "tenth that was wrong than from all the rest." },
    { "Our robot could do everything except drive straight. We had {three|four} weeks, a team of "
      "{6-10} members who all wanted to program, and nobody who wanted to measure wheels.",
      "I measured wheels. The left one was {2-4} % larger, yet correcting it in code only moved "
      "the error. So I recorded {90-200} runs, drew where each ended, and noticed that the curve "
      "depended on the charge of the battery. Then I wrote a test that had to pass before anyone "
      "could change anything.",
      "We placed {second|third} among {18-40} teams. The medal is nice; the test is what the "
      "next team still uses. I realised that most of our quarrels had been about things that we "
      "could have measured in ten minutes." },
    { "My mother sews school uniforms, and I grew up under the table among the scraps. When "
      "cloth became expensive she bought less of it. I asked whether we could waste less instead.",
      "I drew every pattern piece on squared paper and moved the pieces about for {5-9} weeks. "
      "For the {14-30} most common sizes I found a layout that used {6-12} % less cloth. However, "
      "it ignored the direction of the weave, and the first {4-8} shirts twisted. I started over "
      "with that rule added.",
      "The second set of layouts saved {4-8} % and the shirts hang straight. {6-15} families in "
      "the market use the sheets. I had treated sewing as geometry; my mother taught me that "
      "cloth has opinions, and that a model must listen to them." },
    { "Nobody wants to be the referee, so at {14-15} I was given the whistle. In my first match "
      "I gave a goal that was not one, and a boy of eleven explained to me why, calmly and "
      "correctly.",
      "I studied for the certificate, and then kept a diary of each of my {40-90} matches: which "
      "decisions were doubted, where I stood, how far I was from the ball. Over {2-3} seasons I "
      "found that {60-80} % of my errors came from standing too close. I trained {5-11} new "
      "referees with the drawings.",
      "Protests fell by half after we changed where to stand. More than that, I learned to say "
      "\"I could not see it\" aloud, because people accept what you did not see far more easily "
      "than what you pretend to have seen." },
    { "Our library is one shelf in a clinic corridor. People read there because they are afraid "
      "and have to wait. I noticed that they never took a book home, even though they could.",
      "I asked {30-80} people why. Most were worried about losing it. So I replaced the fines with "
      "a box for broken books, sorted {150-400} books by how long they take to read, and wrote the "
      "number of minutes on each spine. I managed the shelf for {2-3} years with {3-6} volunteers.",
      "Loans rose from {4-9} to {40-90} books a month, while only {6-14} were lost. I had thought "
      "that people needed better books. They needed permission, and a sense of how long they "
      "would have to be brave." },
    { "An old radio taught me electricity, mostly by biting. I had opened it because it was "
      "silent, and because nobody had forbidden it in time.",
      "In {10-20} months I repaired {25-70} radios for neighbours, recorded every fault in a "
      "table, and counted: {50-70} % were the same two parts. I prepared a kit with those parts "
      "and a page of drawings without words, then taught {6-14} people at {3-6} workshops to use "
      "it.",
      "They now fix most radios without me. Once a repair of mine failed and filled a kitchen "
      "with smoke; I had skipped a check that I had demanded of everybody else. The check is the "
      "first drawing on the page now, with my mistake beside it." },
    { "Bees do not care about marks. I began keeping {2-3} hives with a retired teacher after a "
      "bad school year, because the work started before anyone could ask me how I was.",
      "We lost half of the bees in the first winter. I compared {6-12} keepers in the district: "
      "how high the boxes stood, which way they faced, what was fed and when. For {14-24} months I "
      "weighed our hives weekly and recorded the temperature at {3-5} places inside.",
      "Damp, rather than cold, explained the losses. We raised the boxes and cut a vent; the next "
      "winter {80-95} % survived. My marks rose as well, though I did nothing special about them. "
      "I think I had learned to look at something every day without expecting it to flatter me." },
    { "In the theatre I am the person you do not see. I run the lights from a ladder at the back, "
      "with {two|three} dimmers older than my parents and one that must be hit.",
      "For our play about the flood I planned {40-90} cues, measured the current of each lamp, and "
      "wrote a chart because the fuse allows only {8-12} amps. During {12-20} rehearsals I cut the "
      "cues by half; the actors could be heard better in the dark.",
      "{300-700} people came over {4-7} performances, and not one noticed the lighting, which the "
      "director called the best review. I understood that finishing a design can mean taking "
      "things away until it breaks, and then putting the last one back." },
    { "My grandfather's memory left slowly, by the side door. I cared for him after school for "
      "{2-4} years while my parents worked, and I was not always patient.",
      "Because every helper did things differently, I wrote a daily plan on cards, with one "
      "drawing each, and recorded what calmed him and what did not: {200-500} entries. I compared "
      "mornings with and without music, with and without the news. Then I taught the plan to "
      "{4-7} helpers.",
      "Bad evenings became {30-50} % fewer. It was no cure. I had wanted to fix him, and I learned "
      "to fix the room instead: the light, the noise, the number of choices. The day clinic uses "
      "a copy of the cards." },
    { "The market women keep their accounts in their heads, and their heads are usually right. A "
      "lender's book is written down, and was usually wrong. I was asked to find out why.",
      "With {9-20} traders I recorded every loan for {12-20} weeks on a sheet that needs no "
      "reading: one symbol a person, one mark a coin. I calculated the interest as it was said and "
      "as it was taken. The difference was {6-15} % in favour of the lender, in {70-90} % of the "
      "entries.",
      "The sheet was adopted by {20-50} stalls, and the lender, shown the totals politely by five "
      "of them at once, returned part of the money. I learned that arithmetic alone convinces "
      "nobody, but arithmetic with witnesses does." },
    { "The tide table on our quay is copied from a port {40-90} km away. My father adds twenty "
      "minutes to it by habit; our neighbour adds thirty. They have not agreed since before I was "
      "born.",
      "I painted a scale on the third pile and photographed it every quarter of an hour for "
      "{20-40} days, then read {600-990} numbers off the pictures. I compared them with the "
      "table, and with the wind. Since my first scale was {3-8} centimetres too low, I repeated "
      "a week of it.",
      "The delay is {22-28} minutes on calm days and up to {40-55} with wind from the north: both "
      "men had been right on different days. I printed a table with a column for the wind, and "
      "{15-40} boats use it. I now distrust any quarrel in which nobody has asked about the "
      "weather." },
    { "Our town threw away its history in {two|three} skips behind the old school. I climbed in "
      "because I saw a photograph of our street with trees in it.",
      "With {4-9} friends I saved {250-700} photographs, sorted them by shadows and shop signs, "
      "and interviewed {15-40} residents to date them. I programmed a small archive in which each "
      "statement names who made it. It took {10-18} months, and some of the dates are still only "
      "ranges.",
      "The archive has had {400-900} visitors. Twice I had put a family into the wrong house, and "
      "they wrote to me, rightly annoyed. I changed the program so that every date shows how sure "
      "we are. Being corrected in public was unpleasant, and then it became the best feature." },
    { "In our kitchen, mathematics is done with rice. My little brother could not see why a half "
      "is more than a third, since three is more than two, and I could not see why he could not "
      "see it.",
      "I collected {60-120} wrong answers from {14-30} pupils in his class, with their reasons, "
      "and sorted them. {50-70} % came from only {three|four} ideas, each of them sensible. For "
      "every idea I designed one exercise in which it fails visibly, tested them in {6-10} lessons "
      "and threw out the ones that only I liked.",
      "In the next test {65-85} % of them passed, after {30-45} % before. I had started in order "
      "to "
      "teach my brother. What changed was my picture of a mistake: it is seldom an empty place; "
      "there is nearly always an idea standing in it." },
};
const size_t synth_topic_count = sizeof(synth_topics) / sizeof(synth_topics[0]);
