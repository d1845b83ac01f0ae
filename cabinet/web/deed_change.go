package web

import (
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"roadline/callerid"
	"roadline/configs"
	"roadline/fmc"
)

// deedChange is one thing that a deed changed, as people read it.
type deedChange struct {
	Field, Words string
	Own          bool // the field has names of the company's own
}

// deedDetail is what an entry of the audit has of before and after.
type deedDetail struct {
	First, More []deedChange
	Raw         []string // as it is kept
}

// deedFirst is how many changes are told before somebody asks for all.
const deedFirst = 5

// mostBrief is how many bytes of what is kept are shown.
const mostBrief = 2000

// deedDetail tells what an entry has of before and after; nil: nothing.
func (v *visit) deedDetail(before, after any) *deedDetail {
	var d deedDetail
	was, is := keptOf(before), keptOf(after)
	for _, kept := range []any{before, after} {
		if raw, ok := kept.(json.RawMessage); ok && keptOf(kept) != nil {
			d.Raw = append(d.Raw, shortened(string(raw), mostBrief))
		}
	}
	if d.Raw == nil {
		return nil
	}
	d.First = v.deedChanges(was, is)
	if len(d.First) > deedFirst {
		d.First, d.More = d.First[:deedFirst], d.First[deedFirst:]
	}
	return &d
}

func keptOf(kept any) (value any) {
	if raw, ok := kept.(json.RawMessage); ok {
		_ = json.Unmarshal(raw, &value) // PostgreSQL keeps no other
	}
	return value
}

// shortened is a text of so many bytes at most, without half a letter.
func shortened(text string, most int) string {
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// deedChanges tells what there was and what there is, field by field. A list is lines of a difference of documents.
func (v *visit) deedChanges(was, is any) []deedChange {
	if lines, ok := is.([]any); ok {
		return v.documentChanges(lines)
	}
	before, after := fieldsOf(was), fieldsOf(is)
	names := maps.Clone(before)
	maps.Copy(names, after)
	var all []deedChange
	for _, name := range slices.Sorted(maps.Keys(names)) {
		if slices.Contains(deedIDs, name) {
			continue
		}
		old, now := v.fieldWords(name, before[name]), v.fieldWords(name, after[name])
		_, stood := before[name]
		words := now
		switch {
		case stood && old != "" && old != now && is != nil:
			words = v.say("change.to", "Was", old, "Is", cmp.Or(now, v.say("change.removed")))
		case stood && is == nil && old != "":
			words = v.say("change.removed-was", "Was", old)
		case !stood && after[name] == false:
			words = ""
		}
		if words != "" {
			all = append(all, deedChange{Field: v.keyWord(name), Words: words})
		}
	}
	lines, _ := after["changes"].([]any)
	return append(all, v.documentChanges(lines)...)
}

// deedIDs are the fields that say nothing to people, such as ids and hashes, or that are told in another way.
var deedIDs = []string{"call", "link", "sha256", "base", "dry_run", "changes"}

// fieldsOf are the fields of what was kept; a single value is a name.
func fieldsOf(kept any) map[string]any {
	switch x := kept.(type) {
	case map[string]any:
		return x
	case nil:
		return map[string]any{}
	default:
		return map[string]any{"name": x}
	}
}

// keyWord is a key in words, else as it is written.
func (v *visit) keyWord(key string) string {
	for _, name := range []string{key, strings.TrimSuffix(key, "_s")} { // seconds are told as a length
		if words, ok := v.known("key." + name); ok {
			return words
		}
	}
	return strings.ReplaceAll(key, "_", " ")
}

// known is a text that there may be.
func (v *visit) known(key string) (string, bool) {
	text := v.say(key)
	return text, text != "["+key+"]"
}

// fieldWords is a value of a field in words; empty: none.
func (v *visit) fieldWords(key string, value any) string {
	switch x := value.(type) {
	case bool:
		return v.valueWords(key, strconv.FormatBool(x))
	case float64:
		if strings.HasSuffix(key, "_s") {
			return v.lengthWords(time.Duration(x * float64(time.Second)))
		}
		return strconv.FormatFloat(x, 'f', -1, 64)
	case string:
		return v.valueWords(key, x)
	case []any:
		words := make([]string, 0, len(x))
		for _, one := range x {
			words = append(words, v.fieldWords(key, one))
		}
		return strings.Join(words, ", ")
	case map[string]any:
		words := make([]string, 0, len(x))
		for _, name := range slices.Sorted(maps.Keys(x)) {
			words = append(words, v.keyWord(name)+": "+v.fieldWords(name, x[name]))
		}
		return strings.Join(words, ", ")
	}
	return ""
}

// Sections of a document whose entries have a name of their own, which is no key.
var namedSections = []string{
	"sites", "numbers", "sims", "employees", "groups", "conferences", "programs", "caller_id", "tests", "hours", "prompts", "scenarios",
	"results",
}

// documentChanges tells a difference of two documents.
func (v *visit) documentChanges(lines []any) []deedChange {
	var all []deedChange
	for _, line := range lines {
		if text, ok := line.(string); ok {
			all = append(all, v.documentChange(text))
		}
	}
	return all
}

// documentChange tells a line of a difference of two documents.
func (v *visit) documentChange(line string) deedChange {
	d, ok := configs.ReadDifference(line)
	if !ok {
		return deedChange{Field: v.say("company.document"), Words: v.said(line)}
	}
	names := make([]string, 0, len(d.Place))
	key := d.Place[0]
	for i, name := range d.Place {
		switch {
		case strings.HasPrefix(name, "["):
			names = append(names, strings.Trim(name, "[]"))
		case i == 1 && slices.Contains(namedSections, d.Place[0]), i == 2 && d.Place[0] == "recording":
			names = append(names, v.entryName(d.Place[i-1], name))
		default:
			key = name
			names = append(names, v.placeWord(d.Place[0], name))
		}
	}
	change := deedChange{Field: strings.Join(names, " · "), Own: len(names) > 1}
	if d.Place[0] == "recording" && len(d.Place) > 1 && d.Place[1] == "keep" {
		key = "keep"
	}
	was, is := v.flowWords(key, d.Was), v.flowWords(key, d.Is)
	switch {
	case d.How == configs.Added && is == "":
		change.Words = v.say("change.added")
	case d.How == configs.Added:
		change.Words = v.say("change.added-is", "Is", is)
	case d.How == configs.Removed && was == "":
		change.Words = v.say("change.removed")
	case d.How == configs.Removed:
		change.Words = v.say("change.removed-was", "Was", was)
	case d.How == configs.Reordered:
		change.Words = v.say("change.reordered", "Is", is)
	default:
		change.Words = v.say("change.to", "Was", was, "Is", is)
	}
	return change
}

// entryName is what an entry of a section is called.
func (v *visit) entryName(section, id string) string {
	switch section {
	case "employees", "groups", "caller_id", "keep":
		return v.whom(id)
	case "sims":
		return v.cardName(fmc.ICCID(id))
	}
	return v.readable(id)
}

// placeWord is a key within a section in words. Days stand as mon-fri.
func (v *visit) placeWord(section, key string) string {
	if section == "hours" {
		from, to, span := strings.Cut(key, "-")
		if i := slices.Index(dayKeys, from); i >= 0 {
			words := v.tongue.weekday(weekdayOf(i))
			if j := slices.Index(dayKeys, to); span && j >= 0 {
				words += "–" + v.tongue.weekday(weekdayOf(j))
			}
			return words
		}
	}
	return v.keyWord(key)
}

// whom is a person or a group by name; else as it is written.
func (v *visit) whom(id string) string {
	if e, ok := v.company.Employee(fmc.EmployeeID(id)); ok {
		return e.Name
	}
	if words, ok := v.known("word.for." + id); ok {
		return words
	}
	return v.groupName(fmc.GroupID(id))
}

// flowWords is a value as a difference writes it: one, a list in brackets, or pairs in braces.
func (v *visit) flowWords(key, text string) string {
	inner := strings.Trim(text, "[]{}")
	if len(inner) != len(text)-2 || strings.ContainsAny(inner, "[]{}\"") {
		return v.valueWords(key, text)
	}
	parts := strings.Split(inner, ", ")
	for i, part := range parts {
		if name, value, pair := strings.Cut(part, ": "); pair && text[0] == '{' {
			parts[i] = v.keyWord(name) + ": " + v.valueWords(name, value)
			continue
		}
		parts[i] = v.valueWords(key, part)
	}
	return strings.Join(parts, ", ")
}

// Keys whose values are people or groups.
var refersTo = []string{"employee", "head", "owner", "person", "groups", "employees", "ring", "for", "voicemail", "reaches", "overflow"}

// wordsBefore is what stands before the words of a key's values among the texts of other pages.
var wordsBefore = map[string]string{"strategy": "group.", "roles": "role.", "policy": "recordrule.", "mode": "mode.", "rights": "right."}

var (
	oneNumber = regexp.MustCompile(`^\+\d{8,15}$`)
	oneDay    = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
	oneSpan   = regexp.MustCompile(`\b(\d\d:\d\d) ?- ?(\d\d:\d\d)\b`)
	oneLength = regexp.MustCompile(`^(?:\d+h)?(?:\d+m)?(?:\d+s)?$`)
	oneTerm   = regexp.MustCompile(`(\d+)([ymd])`)
)

// valueWords is a single value of a key in words.
func (v *visit) valueWords(key, text string) string {
	if words, ok := v.known("word." + key + "." + text); ok {
		return words
	}
	if before := wordsBefore[key]; before != "" {
		if words, ok := v.known(before + text); ok {
			return words
		}
	}
	if name := v.whom(text); name != text && slices.Contains(refersTo, key) {
		return name
	}
	switch {
	case text == "":
		return ""
	case text == "true":
		return v.say("change.yes")
	case text == "false":
		return v.say("change.no")
	case key == "result":
		return v.resultWord(text)
	case key == "low":
		return v.tongue.money(text)
	case oneNumber.MatchString(text):
		return v.phone(callerid.Number{E164: text})
	case oneDay.MatchString(text):
		return v.dayName(text)
	case key == "keep":
		return v.termWords(text)
	case oneLength.MatchString(text):
		d, _ := time.ParseDuration(text) // the pattern takes no other
		return v.lengthWords(d)
	}
	if t, err := time.Parse(time.RFC3339, text); err == nil {
		return v.tongue.when(v.at(t))
	}
	return v.readable(oneSpan.ReplaceAllString(text, "$1–$2"))
}

// termWords is a time of the calendar, such as 180d or 1y6m, in words.
func (v *visit) termWords(text string) string {
	return strings.Join(strings.Fields(oneTerm.ReplaceAllStringFunc(text, func(part string) string {
		n, _ := strconv.Atoi(part[:len(part)-1]) // digits alone
		return " " + v.say("change."+map[byte]string{'y': "years", 'm': "months", 'd': "days"}[part[len(part)-1]], "N", n)
	})), " ")
}

// lengthWords is a length in words, without what is none of it.
func (v *visit) lengthWords(d time.Duration) string {
	switch {
	case d >= time.Hour && d < 24*time.Hour && d%time.Hour == 0:
		return v.say("change.whole-hours", "H", int(d/time.Hour))
	case d >= time.Minute && d < time.Hour && d%time.Minute == 0:
		return v.say("change.whole-minutes", "M", int(d/time.Minute))
	}
	return v.tongue.length(d)
}
