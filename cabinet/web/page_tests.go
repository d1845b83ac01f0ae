package web

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"roadline/cabinet/access"
	"roadline/cabinet/document"
	"roadline/configs"
)

var testRoutes = []route{
	{pattern: "GET /company/tests", right: access.DocumentRead, do: testsPage},
	{pattern: "POST /company/tests", right: access.DocumentChange, do: newTest},
	{pattern: "POST /company/tests/{n}/remove", right: access.DocumentChange, do: removeTest},
}

var testScreens = shows{"tests": testsView{}}

// testsView is the company's own tests and how they come out on the draft.
type testsView struct {
	settings
	Tests  []testRow
	Failed int
	Try    dryRun
	Form   *formView // a test that holds what the dry run came to; nil: nothing was tried
}

// testRow is one test, by its place in the document, from 1.
type testRow struct {
	N int
	document.TestShown
}

// unnamed is what the core calls a test that has no name: "Mon 2026-11-23 10:00 +79120000001 → +74951234567, keys 1".
var unnamed = regexp.MustCompile(`^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (\d{4}-\d\d-\d\d \d\d:\d\d) (.*?)(?:, keys (\S+))?$`)

// testRow is a test for the page. One without a name is called by when it is and who calls whom.
func (v *visit) testRow(n int, t document.TestShown) testRow {
	part := unnamed.FindStringSubmatch(t.Name)
	if part == nil {
		return testRow{n, t}
	}
	at, err := time.ParseInLocation("2006-01-02 15:04", part[1], v.zone())
	if err != nil { // somebody gave it such a name
		return testRow{n, t}
	}
	t.Name = v.tongue.date(v.at(at)) + ", " + clock(v.at(at)) + ": " + v.readable(part[2])
	if part[3] != "" {
		t.Name += ", " + v.say("test.keys", "Keys", part[3])
	}
	return testRow{n, t}
}

func testsPage(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	view := testsView{settings: s, Try: v.dryRun(s, "/company/tests")}
	for i, t := range v.site.o.API.Documents.TestDraft(s.draft) {
		if view.Tests = append(view.Tests, v.testRow(i+1, t)); !t.Passed {
			view.Failed++
		}
	}
	if view.Try.Draft != nil {
		view.Form = &formView{Fields: v.testFields(s)}
	}
	return page{screen: "tests", title: v.say("company.tests"), view: view}, nil
}

// testFields are a test as the dry run has it, with what is expected to be chosen.
func (v *visit) testFields(s settings) []field {
	reaches := append([]choice{{"", v.say("test.anywhere")}}, s.groupChoices()...)
	reaches = append(append(reaches, s.peopleChoices()...), choice{"voicemail", v.say("test.voicemail")})
	return []field{
		{Name: "name", Label: v.say("test.name"), Help: v.say("test.name-help"), Kind: asLine},
		{Name: "reaches", Label: v.say("test.reaches"), Kind: asChoice, Choices: reaches, Value: v.URL.Query().Get("answer")},
		{Name: "within", Label: v.say("test.within"), Help: v.say("group.time-help"), Kind: asLine},
		{Name: "recorded", Label: v.say("test.recorded"), Kind: asChoice, Choices: []choice{{"", v.say("test.either")}, {"true", v.say("test.yes")}, {"false", v.say("test.no")}}},
	}
}

// newTest adds a test of what a dry run asked.
func newTest(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	test := configs.Pairs{}
	if name := f.Value("name"); name != "" {
		test = append(test, configs.Pair{Key: "name", Value: configs.Text(name)})
	}
	test = append(test, configs.Pair{Key: "at", Value: configs.Text(strings.Replace(f.Value("at"), "T", " ", 1))})
	for _, key := range []string{"from", "to", "keys"} {
		if value := f.Value(key); value != "" {
			test = append(test, configs.Pair{Key: key, Value: configs.Text(value)})
		}
	}
	expect := configs.Pairs{}
	if reaches := f.Value("reaches"); reaches != "" {
		expect = append(expect, configs.Pair{Key: "reaches", Value: configs.Text(reaches)})
	}
	for _, key := range []string{"within", "recorded"} {
		if value := f.Value(key); value != "" {
			expect = append(expect, configs.Pair{Key: key, Value: configs.Word(value)})
		}
	}
	test = append(test, configs.Pair{Key: "expect", Value: expect})
	next := "[" + strconv.Itoa(len(s.company.Tests)+1) + "]"
	return v.edit(formView{settings: s, Title: v.say("test.new"), Back: "/company/tests"}, "/company/tests", configs.Change{Place: []string{"tests", next}, Value: test})
}

func removeTest(v *visit) (answer, error) {
	s, err := v.settings()
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(v.PathValue("n"))
	if err != nil || n < 1 || n > len(s.company.Tests) {
		return nil, noSuch("test", v.PathValue("n"))
	}
	form := formView{settings: s, Title: v.say("company.tests"), Back: "/company/tests"}
	return v.edit(form, "/company/tests", configs.Change{Place: []string{"tests", "[" + strconv.Itoa(n) + "]"}})
}
