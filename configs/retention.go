package configs

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// mostYears is how long a recording may be kept: what shall stay longer is kept for ever, which is the default.
const mostYears = 100

// keep reads how long recordings are kept, by group.
func (r *companyReader) keep(n *yaml.Node) {
	k := &r.c.Rules.Recording.Keep
	k.Groups = map[fmc.GroupID]fmc.Term{}
	r.pairs(n, "keep", func(key, value *yaml.Node) {
		term := r.term(value, "keep "+key.Value)
		if key.Value == fmc.UsualClass {
			k.Usual = term
			return
		}
		k.Groups[r.referGroup(key, "keep")] = term
	})
}

// term reads a time of the calendar such as 180d, 6m or 3y.
func (r *reader) term(n *yaml.Node, what string) fmc.Term {
	text := n.Value
	if n.Kind == yaml.ScalarNode && text == (fmc.Term{}).String() {
		return fmc.Term{}
	}
	var t fmc.Term
	number, most := strings.TrimRight(text, "ymd"), 0
	v, err := strconv.Atoi(number)
	switch text[len(number):] {
	case "y":
		t.Years, most = v, mostYears
	case "m":
		t.Months, most = v, 12*mostYears
	case "d":
		t.Days, most = v, 366*mostYears
	}
	if n.Kind != yaml.ScalarNode || err != nil || v < 1 || v > most {
		r.fail(n, "%s: %q: write days, months or years up to %d years, such as \"180d\", \"6m\" or \"3y\", or \"ever\"", what, text, mostYears)
		return fmc.Term{}
	}
	return t
}

// leastRoom and mostRoom are the bounds of a quota, in bytes.
const leastRoom, mostRoom = 1_000_000, 1_000_000_000_000_000

// room reads an amount of bytes such as 500MB or 2TB. The units are those of disks: powers of a thousand.
func (r *reader) room(n *yaml.Node, what string) int64 {
	text := strings.ReplaceAll(n.Value, " ", "")
	for unit, size := range map[string]int64{"MB": 1e6, "GB": 1e9, "TB": 1e12} {
		number, ok := strings.CutSuffix(text, unit)
		v, err := strconv.ParseInt(number, 10, 32)
		if ok && err == nil && v > 0 && v*size >= leastRoom && v*size <= mostRoom {
			return v * size
		}
	}
	r.fail(n, "%s: %q: write a whole number of MB, GB or TB up to 1000TB, such as \"50GB\"", what, n.Value)
	return 0
}
