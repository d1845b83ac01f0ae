package web

import (
	"encoding/json"
	"strconv"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc/cause"
)

var documentRoutes = []route{
	{pattern: "GET /company/document", right: access.DocumentRead, do: documentPage},
	{pattern: "POST /company/document", right: access.DocumentChange, do: writeDocument},
	{pattern: "POST /company/document/check", right: access.DocumentRead, do: checkDocument},
}

var documentScreens = shows{"document": documentView{}, "document#mistakes": []document.Mistake(nil)}

// documentView is the company's document as text, with its mistakes at their lines, beside the dry run.
type documentView struct {
	settings
	Text     string
	Edition  int64
	Mistakes []document.Mistake
	Words    string // what the editor completes, as JSON: keys by place, and the ids that there are
	Refused  string
	Try      dryRun
}

func documentPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	return v.document(s, s.draft.Document, ""), nil
}

// document is the page with a text, the draft's or one that could not be kept.
func (v *visit) document(s settings, text, refused string) page {
	view := documentView{settings: s, Text: text, Edition: s.draft.Edition, Mistakes: s.draft.Mistakes, Refused: refused, Try: v.dryRun(s, "/company/document")}
	words, _ := json.Marshal(wordsOf(s)) // texts marshal
	view.Words = string(words)
	p := page{screen: "document", title: v.say("company.document"), view: view}
	if refused != "" {
		p.status = again
	}
	return p
}

// editorWords are what the editor completes.
type editorWords struct {
	Keys map[string][]string `json:"keys"` // by place: "" the top, "employees" what a person has
	IDs  map[string][]string `json:"ids"`  // by key: what may stand behind it
}

func wordsOf(s settings) editorWords {
	w := editorWords{Keys: configs.CompanyKeys(), IDs: map[string][]string{}}
	var people, groups []string
	for _, p := range s.peopleChoices() {
		people = append(people, p.Value)
	}
	for _, g := range s.groupChoices() {
		groups = append(groups, g.Value)
	}
	hours, scenarios := configs.KeysAt(s.draft.Document, "hours"), configs.KeysAt(s.draft.Document, "scenarios")
	targets := append(append([]string{}, groups...), people...)
	for key, ids := range map[string][]string{
		"owner": people, "head": people, "person": people, "groups": groups, "ring": targets, "voicemail": targets, "for": append(targets, "all"),
		"reaches": append(targets, "voicemail", "outside"), "hours": hours, "inside": hours, "outside": hours, "scenario": scenarios, "go": scenarios,
		"say": configs.HousePrompts(), "prompt": configs.HousePrompts(), "notice": configs.HousePrompts(),
	} {
		w.IDs[key] = ids
	}
	return w
}

func writeDocument(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	text := ""
	if all := f.Values("document"); len(all) > 0 {
		text = unixLines(all[0])
	}
	edition, err := strconv.ParseInt(f.Value("edition"), 10, 64)
	if err != nil {
		return nil, cause.Errorf(cause.Invalid, "the form lacks the edition of the draft that it was made from: open the page again")
	}
	if _, err = v.site.o.API.Documents.WriteDraft(v.audited("draft.write", ""), v.viewer, edition, text); err != nil {
		refusal, other := v.refused(nil, err)
		if other != nil {
			return nil, other
		}
		s, err := v.settings()
		if err != nil {
			return nil, err
		}
		return v.document(s, text, refusal), nil
	}
	return redirect{to: "/company/document", said: notice{Text: v.say("company.saved")}}, nil
}

// checkDocument tells what is wrong with a text that is being written, and keeps nothing.
func checkDocument(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	text := ""
	if all := f.Values("document"); len(all) > 0 {
		text = unixLines(all[0])
	}
	mistakes, err := v.site.o.API.Documents.CheckDocument(v.viewer, text)
	return part{screen: "document#mistakes", view: append([]document.Mistake{}, mistakes...)}, err
}
