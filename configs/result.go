package configs

import (
	"time"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// mostResults is how many results a company may name: people choose among them after every call.
const mostResults = 12

// latestBack is after how long a result may promise a call back.
const latestBack = 31 * 24 * time.Hour

func (r *companyReader) results(n *yaml.Node) {
	r.list(n, "results", func(n *yaml.Node) {
		var x fmc.Result
		r.fields(n, "result", map[string]field{
			"id":        func(n *yaml.Node) { x.ID = r.id(n, "result id"); r.unique(n, "result", x.ID) },
			"name":      func(n *yaml.Node) { x.Name = r.resultName(n) },
			"call_back": func(n *yaml.Node) { x.CallBack = r.duration(n, "call_back", time.Minute, latestBack) },
			"closes":    func(n *yaml.Node) { x.Closes = r.yes(n, "closes") },
		})
		r.require(n, "result", "id", "\"id: visit\"")
		if x.CallBack > 0 && x.Closes {
			r.fail(n, "result: whoever is to be called back is not done with: write \"call_back\" or \"closes\", not both")
		}
		if usual, ok := fmc.UsualResult(x.ID); ok && x.Name == nil {
			x.Name = usual.Name
		} else if !ok {
			r.require(n, "result", "name", "what people choose, such as \"name: Visit agreed\", or by language: name: {en: Visit agreed, ru: Записались}")
		}
		r.c.Results = append(r.c.Results, x)
	})
	if len(r.c.Results) > mostResults {
		r.fail(n, "results: %d are too many to choose from: write at most %d", len(r.c.Results), mostResults)
	}
}

// resultName reads one name for every language, or one for each.
func (r *companyReader) resultName(n *yaml.Node) map[string]string {
	if n.Kind != yaml.MappingNode {
		return map[string]string{"": r.spoken(n, "name", mostName)}
	}
	names := map[string]string{}
	r.pairs(n, "name", func(key, value *yaml.Node) {
		language := oneOf(&r.reader, key, "name", map[string]string{"en": "en", "ru": "ru"})
		names[language] = r.spoken(value, "name", mostName)
	})
	if len(names) == 0 {
		r.fail(n, "name: write a name, or one by language")
	}
	return names
}
