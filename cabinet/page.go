package cabinet

import (
	"context"
	"net/url"
	"strconv"
	"strings"
	"time"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// mostLines is how long a page may be.
const mostLines = 500

// pageOf asks for a page of a list. One line more than is wanted tells whether another page follows: then next is the
// place of the last line, as place writes it, for "after".
func pageOf[T any](ctx context.Context, wanted int, ask func(ctx context.Context, limit int) ([]T, error), place func(T) string) (lines []T, next string, err error) {
	if lines, err = ask(ctx, wanted+1); err != nil || len(lines) <= wanted {
		return lines, "", err
	}
	lines = lines[:wanted]
	return lines, place(lines[wanted-1]), nil
}

// limitIn reads how long a page may be.
func limitIn(q url.Values) (int, error) {
	text := q.Get("limit")
	if text == "" {
		return 50, nil
	}
	limit, err := strconv.Atoi(text)
	if err != nil || limit < 1 || limit > mostLines {
		return 0, cause.Errorf(cause.Invalid, "limit %q: write a whole number from 1 to %d", text, mostLines)
	}
	return limit, nil
}

// afterIn reads the place in a list behind which a page begins.
func afterIn(q url.Values) (at time.Time, id string, err error) { return placeIn(q.Get("after")) }

// placeIn reads what placeOf wrote, and nothing for the first page.
func placeIn(text string) (at time.Time, id string, err error) {
	if text == "" {
		return time.Time{}, "", nil
	}
	moment, id, _ := strings.Cut(text, ",")
	if at, err = time.Parse(time.RFC3339Nano, moment); err != nil || id == "" {
		return time.Time{}, "", cause.Errorf(cause.Invalid, "after %q: take it from \"next\" of the page before", text)
	}
	return at, id, nil
}

// placeOf writes what placeIn reads.
func placeOf(at time.Time, id string) string { return at.UTC().Format(time.RFC3339Nano) + "," + id }

// itemPlace writes the place of something that happened in a call, for "after".
func itemPlace(m store.ItemMark) string {
	return placeOf(m.At, string(m.Call)) + "," + strconv.Itoa(m.N)
}

// itemAfter reads what itemPlace wrote.
func itemAfter(q url.Values) (store.ItemMark, error) { return itemIn(q.Get("after")) }

// itemIn reads what itemPlace wrote, and nothing for the first page.
func itemIn(text string) (store.ItemMark, error) {
	at, rest, err := placeIn(text)
	if err != nil || rest == "" {
		return store.ItemMark{}, err
	}
	id, place, _ := strings.Cut(rest, ",")
	n, err := strconv.ParseInt(place, 10, 32)
	if err != nil {
		return store.ItemMark{}, cause.Errorf(cause.Invalid, "after %q: take it from \"next\" of the page before", text)
	}
	return store.ItemMark{At: at, Call: fmc.CallID(id), N: int(n)}, nil
}
