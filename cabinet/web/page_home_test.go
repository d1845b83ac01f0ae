package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/fmc/call"
	"roadline/fmc/cause"
)

func TestHomeShowsWhatIsOnesOwn(t *testing.T) {
	c := webtest.Open(t)
	own := c.Happened(webtest.Now, call.Supposed{By: "anna", Dial: "+79120000001", Answers: []string{"outside"}})
	lost := c.Happened(webtest.Now, call.Supposed{From: "+79120000002", To: "+74951234567"})
	_, text := c.Visitor("anna").Get("/")
	for _, want := range []string{"You call as", "8 (495) 123-45-6", "8 (912) 000-00-01", "/calls/" + string(own), "8 (912) 000-00-02"} {
		if !strings.Contains(text, want) {
			t.Errorf("anna: no %q in %s", want, text)
		}
	}
	if !strings.Contains(text, "/missed/"+string(lost)+"/take") && !strings.Contains(text, `name="to" value="&#43;79120000002"`) {
		t.Errorf("the client whom nobody took: %s", text)
	}
	if _, text := c.Visitor("boris").Get("/"); strings.Contains(text, "/calls/"+string(own)) || !strings.Contains(text, "client waits for a call back") {
		t.Errorf("boris: %s", text)
	}
	for name, place := range map[string]string{"maria": "/statistics", "gleb": "/people", "admin": "/company"} {
		if _, text := c.Visitor(name).Get("/"); strings.Contains(text, "You call as") || !strings.Contains(text, `class="tile" href="`+place) {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestACallThatIsWantedRingsOnesOwnPhoneAndNobodyElses(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	if status, text := v.Post("/dial", url.Values{"to": {"8 912 000-00-01"}}); status != http.StatusOK || !strings.Contains(text, "8 (912) 000-00-01") {
		t.Fatalf("%d %s", status, text)
	}
	begun, _ := c.Calls.Asked()
	if len(begun) != 1 || begun[0].Employee != "anna" || begun[0].Company != "acme" {
		t.Errorf("%+v", begun)
	}
	for _, person := range []string{"maria", "gleb", "olga"} {
		if status, _ := c.Visitor(person).Post("/dial", url.Values{"to": {"+79120000001"}}); status != http.StatusForbidden {
			t.Errorf("%s may not call: %d", person, status)
		}
	}
}

func TestTheNumberThatClientsSeeIsChosenFromThoseAllowedAndRemembered(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	_, text := v.Get("/")
	for _, want := range []string{`<option value="" selected>8 (495) 123-45-67</option>`, `<option value="&#43;74951234568">8 (495) 123-45-68</option>`} {
		if !strings.Contains(text, want) {
			t.Fatalf("no %q in %s", want, text)
		}
	}
	if _, text := c.Visitor("ivan").Get("/"); strings.Contains(text, `<select id="show"`) {
		t.Errorf("ivan has nothing to choose: %s", text)
	}
	status, text := v.Post("/dial", url.Values{"to": {"+79120000001"}, "show": {"+79161234567"}})
	if begun, _ := c.Calls.Asked(); status != http.StatusUnprocessableEntity || !strings.Contains(text, "may not show &#43;79161234567") || len(begun) != 0 {
		t.Errorf("a number that is not the company's: %d %v %s", status, begun, text)
	}
	v.Post("/dial", url.Values{"to": {"+79120000001"}, "show": {"+74951234568"}})
	if _, text = v.Get("/"); !strings.Contains(text, `<option value="&#43;74951234568" selected>`) {
		t.Errorf("it is forgotten: %s", text)
	}
	v.Post("/dial", url.Values{"to": {"+79120000002"}}) // a button beside a client who is to be called back
	v.Post("/dial", url.Values{"to": {"+79120000003"}, "show": {""}})
	begun, _ := c.Calls.Asked()
	var shown []string
	for _, r := range begun {
		shown = append(shown, r.Show.E164)
	}
	if strings.Join(shown, " ") != "+74951234568 +74951234568 " {
		t.Errorf("shown: %q", shown)
	}
	if _, text = v.Get("/"); !strings.Contains(text, `<option value="" selected>`) {
		t.Errorf("the company's rule again: %s", text)
	}
}

func TestACallThatCannotBeMadeIsRefusedInWordsBesideItsNumber(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	for number, words := range map[string]string{
		"Romashka":                  "This is no number",
		"<script>alert(1)</script>": "This is no number",
		"112":                       "You may not call there",
		"+18095551234":              "You may not call there",
	} {
		status, text := v.Post("/dial", url.Values{"to": {number}})
		if status != http.StatusUnprocessableEntity || !strings.Contains(text, words) || !strings.Contains(text, `id="to"`) || strings.Contains(text, "<script>alert") {
			t.Errorf("%q: %d %s", number, status, text)
		}
	}
	for _, kind := range []error{cause.Errorf(cause.NoRoom, "all lines are taken"), cause.Errorf(cause.Unavailable, "the node stops")} {
		c.Calls.Fail(kind)
		if status, text := v.Post("/dial", url.Values{"to": {"+79120000001"}}); status != http.StatusUnprocessableEntity || !strings.Contains(text, "All lines are busy now") {
			t.Errorf("%v: %d", kind, status)
		}
	}
}

// Each step of a call, as a page without scripts shows it.
func TestTheSheetOfACallSaysWhereItIs(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	path := "/dial/" + string(webtest.Begun) + "?to=%2B79160000001"
	for step, want := range map[string]string{
		"rings": `<li class="now" aria-current="step">`, "taken": "You take it and press 1", "dialling": "We call 8 (916) 000-00-01", "talks": "You are talking",
		"unanswered": "Nobody answered.", "over": "The call is over",
	} {
		x, err := webtest.Dialling(step)
		if err != nil {
			t.Fatal(err)
		}
		c.Calls.Live(x)
		if status, text := v.Get(path); status != http.StatusOK || !strings.Contains(text, want) {
			t.Errorf("%s: %d %s", step, status, text)
		}
	}
	x, _ := webtest.Dialling("rings")
	c.Calls.Live(x)
	for _, person := range []string{"ivan", "boris"} { // it is Anna's alone: nothing of it is told, and nobody else ends it
		if _, text := c.Visitor(person).Get(path); strings.Contains(text, `aria-current="step"`) {
			t.Errorf("%s sees the call", person)
		}
		c.Visitor(person).Post("/dial/"+string(webtest.Begun)+"/cancel", nil)
	}
	if _, wished := c.Calls.Asked(); len(wished) > 0 {
		t.Errorf("ended by somebody else: %v", wished)
	}
	v.Post("/dial/"+string(webtest.Begun)+"/cancel", nil)
	if _, wished := c.Calls.Asked(); len(wished) != 1 || wished[0].Kind != call.WishHangUp {
		t.Errorf("%v", wished)
	}
}
