// What somebody has typed, kept in this browser under their name, so that a reload or a lost login costs nothing.
const PREFIX = "caibian.";

export class Kept {
  // `most` slots of one kind are kept; the ones longest untouched make room.
  constructor(user, kind, most = 40) {
    this.start = `${PREFIX}${kind}.${user}.`;
    this.most = most;
  }

  get(slot, otherwise = null) {
    try {
      return JSON.parse(localStorage.getItem(this.start + slot) ?? "null")?.value ?? otherwise;
    } catch {
      return otherwise;
    }
  }

  // Whether it was kept: private windows may have no storage.
  set(slot, value) {
    const text = JSON.stringify({ at: Date.now(), value });
    for (let room = this.most; room >= 0; room = room > 8 ? room >> 1 : room - 8) {
      try {
        this.prune(slot, room);
        localStorage.setItem(this.start + slot, text);
        return true;
      } catch {
        // full: fewer of the older ones
      }
    }
    return false;
  }

  // The slots that hold something, the latest first: [{slot, at, value}].
  all() {
    try {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(this.start));
      const found = names.map((name) => ({ slot: name.slice(this.start.length), ...JSON.parse(localStorage.getItem(name)) }));
      return found.sort((a, b) => b.at - a.at);
    } catch {
      return [];
    }
  }

  remove(slot) {
    try {
      localStorage.removeItem(this.start + slot);
    } catch {
      // as above
    }
  }

  prune(slot, room) {
    const others = Object.keys(localStorage).filter((name) => name.startsWith(this.start) && name !== this.start + slot);
    if (others.length <= room) return;
    const age = (name) => {
      try {
        return JSON.parse(localStorage.getItem(name)).at ?? 0;
      } catch {
        return 0;
      }
    };
    for (const name of others.sort((a, b) => age(b) - age(a)).slice(room)) localStorage.removeItem(name);
  }
}
