// Who asks, by what it says of itself: robots, link scanners, previews and programs are nobody's behavior. Pure.

/** Words that people's browsers do not use. Empty counts too: every browser says something. */
const ROBOTS =
  /bot\b|bot[/;)]|crawl|spider|slurp|headless|preview|scanner|safelinks|lighthouse|pagespeed|monitor|uptime|phantomjs|puppeteer|playwright|selenium|scrapy|httpclient|okhttp|libwww|python|curl|wget|java\/|go-http|node-fetch|axios|undici|ruby|perl|facebookexternalhit|facebot|embedly|whatsapp|skypeuri|slack|discord|telegram|linkedin|pinterest|bitly|proofpoint|mimecast|barracuda|ironport|fireeye|trendmicro|symantec|messagelabs|google-?safety|googleimageproxy|ms-?office|outlook-?ios-?link|yahoomail/i;

export const isRobot = (agent: string | undefined): boolean =>
  agent === undefined || agent.trim() === "" || agent.trim() === "Mozilla/5.0" || ROBOTS.test(agent);
