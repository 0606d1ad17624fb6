/** Times as people read them: 24 hours, in the site's zone, with the date where it is not today. */

const cache = new Map<string, Intl.DateTimeFormat>();

function format(zone: string | undefined, withDate: boolean): Intl.DateTimeFormat {
  const key = `${zone ?? ''}|${withDate}`;
  let found = cache.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat('en-CA', {
      ...(zone ? { timeZone: zone } : {}),
      ...(withDate ? { year: 'numeric', month: '2-digit', day: '2-digit' } : {}),
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    cache.set(key, found);
  }
  return found;
}

function pieces(at: number, zone: string | undefined): Record<string, string> {
  const parts = format(zone, true).formatToParts(at);
  return Object.fromEntries(parts.map((part) => [part.type, part.value]));
}

/** `14:03:22`. */
export function clock(at: number, zone?: string): string {
  return format(zone, false).format(at);
}

/** `14:03:22` today, `11-20 14:03:22` this year, `2025-11-20 14:03:22` else. */
export function moment(at: string | number | null | undefined, now: number, zone?: string): string {
  const time = typeof at === 'string' ? Date.parse(at) : at;
  if (time === null || time === undefined || Number.isNaN(time)) return '–';
  const then = pieces(time, zone);
  const today = pieces(now, zone);
  const day = `${then['month']}-${then['day']}`;
  const hours = clock(time, zone);
  if (then['year'] !== today['year']) return `${then['year']}-${day} ${hours}`;
  return day === `${today['month']}-${today['day']}` ? hours : `${day} ${hours}`;
}

/** The same moment in UTC, for the tooltip: what the audit writes. */
export function utc(at: string | null | undefined): string {
  const time = at ? Date.parse(at) : Number.NaN;
  return Number.isNaN(time) ? '' : new Date(time).toISOString().replace('.000', '');
}

/** Whether the browser knows a zone of this name. */
export function knownZone(name: string | undefined): string | undefined {
  if (!name) return undefined;
  try {
    format(name, false);
    return name;
  } catch {
    return undefined;
  }
}
