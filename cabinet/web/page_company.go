package web

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// draftBar says on every page of the company's settings what the person is about to change.
type draftBar struct {
	Changes  int
	Stale    bool
	Mistakes int
	May      bool // publish
}

// tab is a part of the company's settings.
type tab struct {
	Path, Text string
	Here       bool
}

// settings is what every page of the company's settings has: the person's draft, or what is in force.
type settings struct {
	Bar  draftBar
	Tabs []tab

	draft   document.Draft
	company *fmc.Company // what the draft says; what is in force while it has mistakes
}

// settingsTabs are the parts of the company's settings, in the order of the page.
var settingsTabs = []tab{
	{Path: "/company/numbers", Text: "company.numbers"},
	{Path: "/company/caller-id", Text: "company.caller-id"},
	{Path: "/company/groups", Text: "company.groups"},
	{Path: "/company/hours", Text: "company.hours"},
	{Path: "/company/scenarios", Text: "company.scenarios"},
	{Path: "/company/prompts", Text: "company.prompts"},
	{Path: "/company/rules", Text: "company.rules"},
	{Path: "/company/tests", Text: "company.tests"},
	{Path: "/company/document", Text: "company.document"},
	{Path: "/company/publish", Text: "company.publish"},
	{Path: "/company/history", Text: "company.history"},
}

// settings reads the viewer's draft.
func (v *visit) settings() (settings, error) {
	d, err := v.site.o.API.Documents.Draft(v.ctx(), v.viewer)
	if err != nil {
		return settings{}, err
	}
	s := settings{draft: d, company: d.Company, Bar: draftBar{Stale: d.Stale(), Mistakes: len(d.Mistakes), May: v.viewer.May(access.DocumentPublish)}}
	if d.Changed() {
		s.Bar.Changes = len(d.Changes)
	}
	if s.company == nil {
		s.company = v.company
	}
	for _, t := range settingsTabs {
		t.Here = v.within(t.Path)
		s.Tabs = append(s.Tabs, t)
	}
	return s, nil
}

// thing is a row of a list of the company's settings.
type thing struct {
	Title string
	Text  bool // the title is words of ours; else it is what people called the thing
	Words []said
	Path  string // empty: nothing more is to be seen
	Sound string // where it is heard; empty: it is nothing to be heard
	State string // ok, warn, bad, idle; empty: none
	Told  string // the state in words
}

// said is a few words, and the name in the document that they are about.
type said struct{ Text, Code string }

// thingsView is a list of the company's settings.
type thingsView struct {
	settings
	Title, Intro string
	Add, AddText string // where one more is made; empty: nowhere
	// More is another way of making one.
	More, MoreText string
	Things         []thing
	Empty          string
}

// formView is a form of the company's settings.
type formView struct {
	settings
	Title, Intro string
	Back         string // the list
	Fields       []field
	Refused      string // what is wrong and about no field
	Remove       string // where the thing is removed; empty: it cannot be
	RemoveText   string
}

var companyRoutes = []route{
	{pattern: "GET /company", right: access.DocumentRead, do: companyPage},
	{pattern: "POST /company/discard", right: access.DocumentChange, do: discardDraft},
}

var companyScreens = shows{"things": thingsView{}, "form": formView{}}

// companyPages and companyPageScreens are the rows of everything that an administrator of the company sees.
var (
	companyPages = slices.Concat(
		companyRoutes, peopleRoutes, personRoutes, groupRoutes, numberRoutes, callerIDRoutes, scheduleRoutes, promptRoutes, promptSoundRoutes, ruleRoutes,
		scenarioRoutes, testRoutes, documentRoutes, publishRoutes, historyRoutes, auditRoutes,
	)
	companyPageScreens = together(
		companyScreens, peopleScreens, personScreens, callerIDScreens, promptSoundScreens, scenarioScreens, testScreens, documentScreens, publishScreens, historyScreens, auditScreens,
	)
)

func together(all ...shows) shows {
	whole := shows{}
	for _, s := range all {
		maps.Copy(whole, s)
	}
	return whole
}

func companyPage(*visit) (answer, error) { return redirect{to: settingsTabs[0].Path}, nil }

func discardDraft(v *visit) (answer, error) {
	if err := v.site.o.API.Documents.DiscardDraft(v.audited("draft.discard", ""), v.viewer); err != nil {
		return nil, err
	}
	return redirect{to: "/company/publish", said: notice{Text: v.say("company.discarded")}}, nil
}

// edit makes a form's changes in the viewer's draft and goes on, or shows the form again with what is wrong.
func (v *visit) edit(form formView, to string, changes ...configs.Change) (answer, error) {
	object := ""
	if len(changes) > 0 {
		object = strings.Join(changes[0].Place[:min(2, len(changes[0].Place))], ".")
	}
	_, err := v.site.o.API.Documents.EditDraft(v.audited("draft.change", object), v.viewer, changes...)
	if err == nil {
		return redirect{to: to, said: notice{Text: v.say("company.saved")}}, nil
	}
	if errors.Is(err, document.ErrUnchanged) {
		return redirect{to: to, said: notice{Text: v.say("company.unchanged")}}, nil
	}
	if form.Refused, err = v.refused(form.Fields, err); err != nil {
		return nil, err
	}
	return page{screen: "form", title: form.Title, view: form, status: again}, nil
}

// form is a form as it is shown first, or with what a POST has in its fields.
func (v *visit) form(view formView) (formView, error) {
	if v.Method == http.MethodGet {
		return view, nil
	}
	f, err := v.read()
	if err == nil {
		fill(view.Fields, f, view.company.Profile.Country)
	}
	return view, err
}

// hoursChoices are the company's hours, and none.
func (s settings) hoursChoices(none string) []choice {
	all := []choice{{"", none}}
	for _, id := range configs.KeysAt(s.draft.Document, "hours") {
		all = append(all, choice{id, id})
	}
	return all
}

// groupChoices are the company's groups.
func (s settings) groupChoices() []choice {
	var all []choice
	for _, g := range s.company.Groups {
		all = append(all, choice{string(g.ID), g.Name})
	}
	return all
}

// peopleChoices are the company's people.
func (s settings) peopleChoices() []choice {
	var all []choice
	for _, e := range s.company.Employees {
		all = append(all, choice{string(e.ID), e.Name})
	}
	return all
}

// nameOf is how a person is called in lists; the id for who is not known any more.
func nameOf(c *fmc.Company, id fmc.EmployeeID) string {
	if e, ok := c.Employee(id); ok {
		return e.Name
	}
	return string(id)
}

// audited is the request's context under which the first change writes who made it.
func (v *visit) audited(what, object string) context.Context {
	return store.Audited(v.ctx(), access.Entry(v.ctx(), what, object))
}

// done writes in the audit what was done elsewhere than in the company's rows. Who left meanwhile did it all the same.
func (v *visit) done(e *store.AuditEntry) error {
	return v.keep().Audit(context.WithoutCancel(v.ctx()), e)
}

// noSuch is the error for what is not there.
func noSuch(what, id string) error {
	return cause.Errorf(cause.NotFound, "there is no %s %q in the company's document", what, id)
}

// short is a duration as the document writes it: 1m30s, 25s; empty: none.
func short(d fmt.Stringer) string {
	text := d.String()
	if text == "0s" {
		return ""
	}
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// unixLines is a text whose lines end as the document's do: browsers send CR LF.
func unixLines(text string) string { return strings.ReplaceAll(text, "\r\n", "\n") }

// query is a parameter of an address.
func query(name, value string) string { return url.Values{name: {value}}.Encode() }
