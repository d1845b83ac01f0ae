package web

import (
	"cmp"
	"net/http"
	"net/url"

	"roadline/cabinet/access"
	"roadline/fmc"
	"roadline/fmc/cause"
)

var signInRoutes = []route{
	{pattern: "GET /sign-in", open: true, do: signInPage},
	{pattern: "POST /sign-in", open: true, do: signIn},
	{pattern: "GET /sign-in/code", open: true, do: codePage},
	{pattern: "POST /sign-in/code", open: true, do: signInCode},
	{pattern: "POST /sign-out", open: true, do: signOut},
	{pattern: "GET /forgot", open: true, do: forgotPage},
	{pattern: "POST /forgot", open: true, do: forgot},
	{pattern: "GET " + access.PasswordPath + "{token}", open: true, do: passwordPage},
	{pattern: "POST " + access.PasswordPath + "{token}", open: true, do: setPassword},
}

var signInScreens = shows{"sign-in": signInView{}, "sign-in-code": codeView{}, "forgot": forgotView{}, "password": passwordView{}}

// signInView is the page on which a person comes in.
type signInView struct {
	Form      form
	Companies bool // the node has several: say of which you are
	Then      string
	Refused   string
	Demo      []demoPerson // whom anybody may come in as
}

// demoPerson is somebody of a demo.
type demoPerson struct {
	ID, Name, Company string
	Roles             []string
}

func signInPage(v *visit) (answer, error) {
	then := local(v.URL.Query().Get("then"), "/")
	if v.company != nil {
		return redirect{to: then}, nil
	}
	return v.signInAgain(form{}, then, ""), nil
}

// signInAgain is the page with what was written on it, but for the password.
func (v *visit) signInAgain(f form, then, refused string) page {
	view := signInView{Form: f, Companies: len(v.site.o.Directory.Companies()) > 1, Then: then, Refused: refused}
	if v.site.o.Demo {
		view.Demo = v.demoPeople()
	}
	p := page{screen: "sign-in", title: v.say("sign-in.title"), view: view, bare: true}
	if refused != "" {
		p.status = again
	}
	return p
}

func (v *visit) demoPeople() []demoPerson {
	var all []demoPerson
	for _, c := range v.site.o.Directory.Companies() {
		for i := range c.Employees {
			who, _ := access.ViewerOf(c, c.Employees[i].ID)
			p := demoPerson{ID: string(who.Employee), Name: who.Name, Company: c.Profile.Name}
			for _, r := range who.Roles {
				p.Roles = append(p.Roles, v.say("role."+string(r)))
			}
			all = append(all, p)
		}
	}
	return all
}

func signIn(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	then := local(f.Value("then"), "/")
	needCode, err := v.site.o.Door.SignIn(v.ctx(), access.SignIn{
		Company: f.Value("company"), Login: f.Value("login"), Password: v.PostFormValue("password"), Browser: v.browser(),
	})
	switch {
	case cause.KindOf(err) == cause.Denied:
		return v.signInAgain(f, then, v.say("sign-in.refused")), nil
	case err != nil:
		return nil, err
	case needCode:
		return redirect{to: "/sign-in/code?" + url.Values{"then": {then}}.Encode()}, nil
	}
	return redirect{to: then}, nil
}

// browser is from where the visitor asks.
func (v *visit) browser() access.Browser {
	return access.Browser{Address: access.Address(v.Request), Agent: v.UserAgent()}
}

// codeView is the page that asks for a one-time code after the password.
type codeView struct {
	Then    string
	Refused string
}

func codePage(v *visit) (answer, error) {
	if !v.site.o.Door.Awaited(v.ctx()) {
		return redirect{to: "/sign-in"}, nil
	}
	return v.codeAgain(local(v.URL.Query().Get("then"), "/"), ""), nil
}

func (v *visit) codeAgain(then, refused string) page {
	p := page{screen: "sign-in-code", title: v.say("code.title"), view: codeView{Then: then, Refused: refused}, bare: true}
	if refused != "" {
		p.status = again
	}
	return p
}

func signInCode(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	if !v.site.o.Door.Awaited(v.ctx()) {
		return redirect{to: "/sign-in", said: notice{Text: v.say("code.too-long"), Bad: true}}, nil
	}
	then := local(f.Value("then"), "/")
	switch err := v.site.o.Door.Code(v.ctx(), f.Value("code"), v.browser()); {
	case cause.KindOf(err) == cause.Denied:
		return v.codeAgain(then, v.say("code.refused")), nil
	case err != nil:
		return nil, err
	}
	return redirect{to: then}, nil
}

func signOut(v *visit) (answer, error) {
	if err := v.site.o.Door.SignOut(v.ctx()); err != nil {
		return nil, err
	}
	return redirect{to: "/sign-in", said: notice{Text: v.say("sign-in.out")}}, nil
}

// forgotView is the page for who does not know the password any more.
type forgotView struct {
	Companies bool
	Sent      bool
}

func forgotPage(v *visit) (answer, error) { return v.forgotAgain(false), nil }

func (v *visit) forgotAgain(sent bool) page {
	view := forgotView{Companies: len(v.site.o.Directory.Companies()) > 1, Sent: sent}
	return page{screen: "forgot", title: v.say("forgot.title"), view: view, bare: true}
}

// forgot says the same whether there is such a person or not.
func forgot(v *visit) (answer, error) {
	f, err := v.read()
	if err == nil {
		err = v.site.o.Door.Forgot(v.ctx(), f.Value("company"), f.Value("login"), v.browser())
	}
	if err != nil {
		return nil, err
	}
	return v.forgotAgain(true), nil
}

// passwordView is the page that a link leads to, on which a person sets a password.
type passwordView struct {
	Form    form
	Name    string
	Company string
	Login   string
}

func passwordPage(v *visit) (answer, error) { return v.passwordAgain(form{}) }

func (v *visit) passwordAgain(f form) (answer, error) {
	c, e, err := v.site.o.Door.Invitation(v.ctx(), v.PathValue("token"))
	if cause.KindOf(err) == cause.NotFound {
		return nil, v.problem(cause.NotFound, "password.used")
	}
	if err != nil {
		return nil, err
	}
	p := page{screen: "password", title: v.say("password.title"), view: passwordView{f, e.Name, c.Profile.Name, login(e)}, bare: true}
	if !f.ok() {
		p.status = again
	}
	return p, nil
}

// login is what a person signs in as.
func login(e *fmc.Employee) string { return cmp.Or(e.Mail, string(e.ID)) }

func setPassword(v *visit) (answer, error) {
	f, err := v.read()
	if err != nil {
		return nil, err
	}
	if v.PostFormValue("password") != v.PostFormValue("again") {
		f.wrong("again", v.say("password.differs"))
		return v.passwordAgain(f)
	}
	switch err := v.site.o.Door.Accept(v.ctx(), v.PathValue("token"), v.PostFormValue("password"), v.browser()); {
	case cause.KindOf(err) == cause.Invalid:
		f.wrong("password", v.say("password.weak"))
		return v.passwordAgain(f)
	case cause.KindOf(err) == cause.NotFound:
		return nil, v.problem(cause.NotFound, "password.used")
	case err != nil:
		return nil, err
	}
	return redirect{to: "/sign-in", said: notice{Text: v.say("password.set")}}, nil
}

// demoIn lets whoever follows a link like /?demo=anna in, on a demo alone, and leads to the page without that.
// A link on another site lets nobody in.
func (s *Site) demoIn(w http.ResponseWriter, r *http.Request) bool {
	q := r.URL.Query()
	if !s.o.Demo || r.Method != http.MethodGet || !q.Has("demo") {
		return false
	}
	v := s.stranger(r)
	if r.Header.Get("Sec-Fetch-Site") == "cross-site" {
		s.refuse(w, v, v.problem(cause.Denied, "demo.elsewhere"))
		return true
	}
	if err := s.o.Door.SignInDemo(r.Context(), q.Get("demo"), v.browser()); err != nil {
		s.refuse(w, v, err)
		return true
	}
	q.Del("demo")
	there := url.URL{Path: r.URL.Path, RawQuery: q.Encode()}
	http.Redirect(w, r, there.String(), http.StatusSeeOther)
	return true
}
