package web_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"roadline/cabinet/access"
	"roadline/cabinet/web/webtest"
)

const secretWords = "correct horse battery"

// invited has Anna's password set by the link that an administrator made.
func invited(t *testing.T, c *webtest.Cabinet) {
	t.Helper()
	i, err := c.Door.Invite(t.Context(), "acme", "anna", "admin")
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(i.Link, "http://127.0.0.1")
	v := c.Visitor("")
	for _, bad := range []url.Values{{"password": {"short"}, "again": {"short"}}, {"password": {secretWords}, "again": {"other words here"}}} {
		if status, text := v.Post(path, bad); status != http.StatusUnprocessableEntity || !strings.Contains(text, `aria-invalid="true"`) {
			t.Errorf("%v: %d", bad, status)
		}
	}
	if status, text := v.Post(path, url.Values{"password": {secretWords}, "again": {secretWords}}); status != http.StatusOK || !strings.Contains(text, "Your password is saved") {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := v.Get(path); status != http.StatusNotFound || !strings.Contains(text, "used already") {
		t.Errorf("a used link: %d %s", status, text)
	}
}

func signedIn(t *testing.T, v *webtest.Visitor, login, password, then string) (int, string) {
	t.Helper()
	return v.Post("/sign-in", url.Values{"company": {"acme"}, "login": {login}, "password": {password}, "then": {then}})
}

func TestAPersonSetsAPasswordAndSignsInWithIt(t *testing.T) {
	c := webtest.Open(t)
	invited(t, c)
	for _, wrong := range [][2]string{{"anna", "wrong words here"}, {"nobody", secretWords}, {"anna", ""}} {
		status, text := signedIn(t, c.Visitor(""), wrong[0], wrong[1], "/")
		if status != http.StatusUnprocessableEntity || !strings.Contains(text, "That did not work") || strings.Contains(text, secretWords) {
			t.Errorf("%v: %d", wrong, status)
		}
	}
	v := c.Visitor("")
	if status, text := v.Get("/me?x=1"); status != http.StatusOK || !strings.Contains(text, `name="then" value="/me?x=1"`) {
		t.Errorf("who is not signed in: %d %s", status, text)
	}
	if status, text := signedIn(t, v, "anna@acme.example", secretWords, "/me"); status != http.StatusOK || !strings.Contains(text, "Who listened to your calls") {
		t.Fatalf("%d %s", status, text)
	}
	if status, text := v.Post("/sign-out", nil); status != http.StatusOK || !strings.Contains(text, "You are signed out") {
		t.Errorf("%d %s", status, text)
	}
	if _, text := v.Get("/"); strings.Contains(text, "Анна Петрова</span>") {
		t.Error("still signed in")
	}
}

var (
	secretShown   = regexp.MustCompile(`<code class="secret">([A-Z2-7]+)</code>`)
	recoveryShown = regexp.MustCompile(`<code>([A-Z2-7]{5}-[A-Z2-7]{5})</code>`)
)

func TestOneTimeCodesAreSetUpAndAskedForAtTheNextSignIn(t *testing.T) {
	c := webtest.Open(t)
	invited(t, c)
	v := c.Visitor("")
	signedIn(t, v, "anna", secretWords, "/")
	_, text := v.Get("/me/codes")
	found := secretShown.FindStringSubmatch(text)
	if found == nil {
		t.Fatal(text)
	}
	if status, text := v.Post("/me/codes", url.Values{"code": {"000000"}, "old": {secretWords}}); status != http.StatusUnprocessableEntity || !strings.Contains(text, "not the code that it shows now") {
		t.Errorf("a wrong code: %d", status)
	}
	_, text = v.Get("/me/codes")
	secret := secretShown.FindStringSubmatch(text)[1]
	code, err := totp.GenerateCode(secret, webtest.Now)
	if err != nil {
		t.Fatal(err)
	}
	status, text := v.Post("/me/codes", url.Values{"code": {code}, "old": {secretWords}})
	recovery := recoveryShown.FindAllStringSubmatch(text, -1)
	if status != http.StatusOK || len(recovery) != 10 {
		t.Fatalf("%d %s", status, text)
	}

	other := c.Visitor("")
	if _, text := signedIn(t, other, "anna", secretWords, "/me"); !strings.Contains(text, "One-time code") {
		t.Fatalf("no code is asked for: %s", text)
	}
	if _, text := other.Get("/me"); strings.Contains(text, "Who listened") {
		t.Error("in without the code")
	}
	if status, _ := other.Post("/sign-in/code", url.Values{"code": {"000000"}}); status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong code: %d", status)
	}
	if status, text := other.Post("/sign-in/code", url.Values{"code": {recovery[0][1]}, "then": {"/me"}}); status != http.StatusOK || !strings.Contains(text, "9 recovery codes are left") {
		t.Errorf("%d %s", status, text)
	}
	if status, text := other.Post("/me/codes/end", url.Values{"old": {"wrong words here"}}); status != http.StatusUnprocessableEntity || !strings.Contains(text, "not the password") {
		t.Errorf("%d", status)
	}
	if _, text := other.Post("/me/codes/end", url.Values{"old": {secretWords}}); !strings.Contains(text, "Not asked for") {
		t.Errorf("%s", text)
	}
}

func TestAChangedPasswordEndsEveryOtherSession(t *testing.T) {
	c := webtest.Open(t)
	invited(t, c)
	here, there := c.Visitor(""), c.Visitor("")
	signedIn(t, here, "anna", secretWords, "/")
	signedIn(t, there, "anna", secretWords, "/")
	if status, text := here.Post("/me/password", url.Values{"old": {"no"}, "password": {"another good one"}, "again": {"another good one"}}); status != http.StatusUnprocessableEntity || !strings.Contains(text, "not the password") {
		t.Errorf("%d", status)
	}
	if _, text := here.Post("/me/password", url.Values{"old": {secretWords}, "password": {"another good one"}, "again": {"another good one"}}); !strings.Contains(text, "Your password is changed") {
		t.Errorf("%s", text)
	}
	if status := there.Status(http.MethodGet, "/me"); status != http.StatusSeeOther {
		t.Errorf("there: %d", status)
	}
	signedIn(t, there, "anna", "another good one", "/")
	if _, text := here.Post("/me/sessions/end", nil); !strings.Contains(text, "Signed out there") {
		t.Errorf("%s", text)
	}
	if status := there.Status(http.MethodGet, "/me"); status != http.StatusSeeOther {
		t.Errorf("there: %d", status)
	}
	if status := here.Status(http.MethodGet, "/me"); status != http.StatusOK {
		t.Errorf("here: %d", status)
	}
}

func TestWhoForgotIsToldTheSameWhetherThereIsSuchAPersonOrNot(t *testing.T) {
	c := webtest.Open(t)
	var told []string
	for _, login := range []string{"anna", "nobody"} {
		_, text := c.Visitor("").Post("/forgot", url.Values{"company": {"acme"}, "login": {login}})
		told = append(told, regexp.MustCompile(`nonce="[^"]*"`).ReplaceAllString(text, ""))
	}
	if told[0] != told[1] || !strings.Contains(told[0], "on its way") {
		t.Errorf("%s\n%s", told[0], told[1])
	}
}

func TestAPINThatIsGuessedIsRefusedWithoutBeingRepeated(t *testing.T) {
	v := webtest.Open(t).Visitor("anna")
	for _, pin := range []string{"1234", "0000", "0201", "12", "abcd", "4567"} {
		if status, text := v.Post("/me/pin", url.Values{"pin": {pin}}); status != http.StatusUnprocessableEntity || strings.Contains(text, `value="`+pin) {
			t.Errorf("%s: %d", pin, status)
		}
	}
	if _, text := v.Post("/me/pin", url.Values{"pin": {"7391"}}); !strings.Contains(text, "Your PIN is saved") || !strings.Contains(text, "You have one since") {
		t.Errorf("%s", text)
	}
}

func TestTheRingingOrderIsOnesOwnToChange(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	form := url.Values{
		"hours": {"work"}, "device": {"mobile", "sip"}, "rings-mobile": {"on"}, "rings-sip": {"on"}, "confirm-mobile": {"on"},
		"after-mobile": {"0"}, "for-mobile": {"20"}, "after-sip": {"8"}, "for-sip": {"25"},
	}
	if status, text := v.Post("/me/ringing", form); status != http.StatusOK || !strings.Contains(text, "Saved") {
		t.Fatalf("%d %s", status, text)
	}
	company, _ := c.Directory.Company("acme")
	e, _ := company.Employee("anna")
	if len(e.Ring) != 2 || e.Ring[0].Device != "anna/mobile" || e.Ring[0].For != 20*time.Second || e.Ring[1].After != 8*time.Second || e.Hours != "work" {
		t.Errorf("%+v %q", e.Ring, e.Hours)
	}
	form.Set("for-sip", "4000")
	if status, text := v.Post("/me/ringing", form); status != http.StatusUnprocessableEntity || !strings.Contains(text, "Write 5 to 300 seconds") || !strings.Contains(text, `value="0"`) {
		t.Errorf("%d", status)
	}
	form = url.Values{"device": {"mobile", "sip", "fax"}, "after-mobile": {"0"}, "for-mobile": {"20"}, "after-sip": {"0"}, "for-sip": {"25"}}
	if status, text := v.Post("/me/ringing", form); status != http.StatusUnprocessableEntity || !strings.Contains(text, "At least one phone must ring") {
		t.Errorf("%d", status)
	}
}

func TestATokenIsToldOnceAndCanDoNoMoreThanItsMaker(t *testing.T) {
	c := webtest.Open(t)
	v := c.Visitor("anna")
	wrong := []url.Values{
		{"name": {""}, "days": {"30"}, "right": {"calls.read"}},
		{"name": {"x"}, "days": {"0"}, "right": {"calls.read"}},
		{"name": {"x"}, "days": {"30"}},
	}
	for _, form := range wrong {
		if status, text := v.Post("/me/tokens", form); status != http.StatusUnprocessableEntity || !strings.Contains(text, `class="wrong"`) {
			t.Errorf("%v: %d", form, status)
		}
	}
	if status, _ := v.Post("/me/tokens", url.Values{"name": {"x"}, "days": {"30"}, "right": {string(access.AuditRead), string(access.DocumentPublish)}}); status != http.StatusForbidden {
		t.Errorf("a right that she does not have: %d", status)
	}
	status, text := v.Post("/me/tokens", url.Values{"name": {"<b>my phone</b>"}, "days": {"30"}, "right": {"calls.read"}})
	if status != http.StatusOK || !regexp.MustCompile(`<code class="secret">rl_[A-Z2-7]+</code>`).MatchString(text) || strings.Contains(text, "<b>my") {
		t.Fatalf("%d %s", status, text)
	}
	_, text = v.Get("/me/tokens")
	if strings.Contains(text, "rl_") {
		t.Error("the token is shown again")
	}
	revoke := regexp.MustCompile(`/me/tokens/[^/"]+/revoke`).FindString(text)
	if status, _ := c.Visitor("ivan").Post(revoke, nil); status != http.StatusForbidden {
		t.Errorf("somebody else's token: %d", status)
	}
	if status, _ := c.Visitor("orlov").Post(revoke, nil); status != http.StatusNotFound {
		t.Errorf("another company's token: %d", status)
	}
	if _, text := v.Post(revoke, nil); !strings.Contains(text, "Revoked") {
		t.Errorf("%s", text)
	}
}

func TestTheModeIsSetWithItsEnd(t *testing.T) {
	v := webtest.Open(t).Visitor("anna")
	if _, text := v.Post("/mode", url.Values{"mode": {"dnd"}, "until": {"18:30"}, "then": {"/me"}}); !strings.Contains(text, "Do not disturb until 18:30") {
		t.Errorf("%s", text)
	}
	for _, wrong := range []url.Values{{"mode": {"gone"}}, {"mode": {"dnd"}, "until": {"noon"}}} {
		if _, text := v.Post("/mode", wrong); !strings.Contains(text, "That was not taken") {
			t.Errorf("%v", wrong)
		}
	}
	if _, text := v.Post("/mode", url.Values{"mode": {"on"}, "until": {"18:30"}}); !strings.Contains(text, "You are now: Available") {
		t.Errorf("%s", text)
	}
}
