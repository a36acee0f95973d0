// Who asks, by the agent that a request names: robots, link scanners, previews and programs. Pure.

/** Words that people's browsers do not use. */
const ROBOTS =
  /bot\b|bot[/;)]|crawl|spider|slurp|headless|preview|scanner|safelinks|lighthouse|pagespeed|monitor|uptime|phantomjs|puppeteer|playwright|selenium|scrapy|httpclient|okhttp|libwww|python|curl|wget|java\/|go-http|node-fetch|axios|undici|ruby|perl|facebookexternalhit|facebot|embedly|whatsapp|skypeuri|slack|discord|telegram|linkedin|pinterest|bitly|proofpoint|mimecast|barracuda|ironport|fireeye|trendmicro|symantec|messagelabs|google-?safety|googleimageproxy|ms-?office|outlook-?ios-?link|yahoomail/i;

export const namesRobot = (agent: string): boolean => ROBOTS.test(agent);
