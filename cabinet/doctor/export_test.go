package doctor

import (
	"maps"
	"regexp"
	"slices"
)

var value = regexp.MustCompile(`\{[a-z_]+\}`)

// Unspoken are the outcomes that one language has words for and another has not, or with other values.
func Unspoken() (missing []string) {
	for key, en := range english {
		ru, ok := russian[key]
		if !ok {
			missing = append(missing, key+" has no Russian words")
			continue
		}
		for _, pair := range [][2]string{{en.text, ru.text}, {en.why, ru.why}, {en.fix, ru.fix}} {
			a, b := value.FindAllString(pair[0], -1), value.FindAllString(pair[1], -1)
			slices.Sort(a)
			slices.Sort(b)
			if !slices.Equal(slices.Compact(a), slices.Compact(b)) || (pair[0] == "") != (pair[1] == "") {
				missing = append(missing, key+" says other things in Russian: "+pair[1])
			}
		}
	}
	for key := range russian {
		if _, ok := english[key]; !ok {
			missing = append(missing, key+" has no English words")
		}
	}
	for _, c := range append(names(machineChecks), names(nodeChecks)...) {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(english)), func(key string) bool { return key == c+"."+string(Bad) || key == c+"."+string(Warn) }) {
			missing = append(missing, c+" has no words")
		}
	}
	return missing
}

func names[T any](checks []check[T]) (all []string) {
	for _, c := range checks {
		all = append(all, c.name)
	}
	return all
}
