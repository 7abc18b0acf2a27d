/*
 * Small values kept for this browser tab: over a reload where the browser
 * allows it, else until the page goes. Knows nothing of what they mean.
 */

const inMemory = new Map();	/* for browsers that refuse storage */

export function load(key) {
	try {
		return sessionStorage.getItem(key) ?? inMemory.get(key) ?? null;
	} catch {
		return inMemory.get(key) ?? null;
	}
}

/* null forgets it. */
export function save(key, value) {
	if (value === null)
		inMemory.delete(key);
	else
		inMemory.set(key, value);
	try {
		if (value === null)
			sessionStorage.removeItem(key);
		else
			sessionStorage.setItem(key, value);
	} catch {
		/* it is in memory */
	}
}

/* The same for more than a text; what is no JSON counts as nothing. */
export function loadValue(key) {
	try {
		return JSON.parse(load(key));
	} catch {
		return null;
	}
}

export function saveValue(key, value) {
	save(key, value === null ? null : JSON.stringify(value));
}
