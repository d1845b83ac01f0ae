package sipcore

import (
	"context"
	"strconv"
	"time"

	"github.com/emiago/sipgo/sip"

	"roadline/fmc/cause"
	"roadline/sipcore/digest"
	"roadline/sipcore/wire"
)

// RegistrationOptions are what a registration of ours is about.
type RegistrationOptions struct {
	Registrar string        // "host[:port][;transport=tcp]"
	Login     digest.Login  // the account, and the realm whose challenges are answered
	Contact   string        // the user part under which calls come here; empty: the account's name
	For       time.Duration // how long is asked for; 0: an hour
	Told      func(error)   // told of each answer: nil, or why it is not registered; nil: nobody asks
	Retry     time.Duration // after a failure; 0: 30 s
}

// Registration is a registration of this agent at another: calls to an account there come here (RFC 3261 §10.2).
type Registration struct {
	agent  *Agent
	o      RegistrationOptions
	target sip.Uri
	tag    string
	callID sip.CallIDHeader // the same for all of its requests, as the RFC wants
	seq    uint32           // owned by Run
}

// NewRegistration makes a registration; nothing is sent before Run. Errors: cause.Invalid.
func (a *Agent) NewRegistration(o RegistrationOptions) (*Registration, error) {
	target, err := readTarget(o.Registrar)
	if err != nil {
		return nil, err
	}
	if o.Login.Name == "" {
		return nil, cause.Errorf(cause.Invalid, "a registration needs the name of its account")
	}
	set(&o.Contact, o.Login.Name)
	set(&o.For, longestBinding)
	set(&o.Retry, 30*time.Second)
	if o.Told == nil {
		o.Told = func(error) {}
	}
	return &Registration{agent: a, o: o, target: target, tag: newTag(), callID: newCallIDHeader(), seq: firstSeq()}, nil
}

// Run registers, renews the registration before it runs out, and when ctx ends removes it, if the registrar answers
// soon. The agent must run longer.
func (r *Registration) Run(ctx context.Context) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	registered := false
	for {
		select {
		case <-ctx.Done():
			if !registered {
				return nil
			}
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), politeness)
			defer cancel()
			if _, err := r.ask(last, 0); err != nil { // it runs out by itself
				r.agent.log.Info("registration not removed", "account", r.o.Login.Name, "err", err)
			}
			return nil
		case <-timer.C:
		}
		granted, err := r.ask(ctx, r.o.For)
		if ctx.Err() != nil && err != nil {
			continue
		}
		r.o.Told(err)
		registered = registered || err == nil
		wait := r.o.Retry
		if err == nil {
			wait = granted * 4 / 5
		}
		timer.Reset(wait)
	}
}

// ask sends one REGISTER, and another with the answer where a password is asked for.
func (r *Registration) ask(ctx context.Context, want time.Duration) (time.Duration, error) {
	all, err := r.agent.resolve(ctx, &r.target)
	if err != nil {
		return 0, err
	}
	req, err := r.request(all[0], want)
	if err != nil {
		return 0, err
	}
	res, err := r.exchange(ctx, req, all[0])
	if err == nil && (res.StatusCode == sip.StatusUnauthorized || res.StatusCode == sip.StatusProxyAuthRequired) {
		again := req.Clone()
		again.RemoveHeader("Via")
		r.seq++
		again.CSeq().SeqNo = r.seq
		if err := answerChallenge(again, res, r.o.Login); err != nil {
			return 0, err
		}
		res, err = r.exchange(ctx, again, all[0])
	}
	if err != nil {
		return 0, err
	}
	return r.granted(req, res, want)
}

// request builds a REGISTER.
func (r *Registration) request(at flow, want time.Duration) (*sip.Request, error) {
	host, port, err := r.agent.contactAddr(at)
	if err != nil {
		return nil, err
	}
	r.seq++
	account := toOf(r.target)
	account.User = escapeUser(r.o.Login.Name)
	contact := sip.Uri{Scheme: "sip", User: escapeUser(r.o.Contact), Host: host, Port: port}
	if at.Transport == wire.TCP {
		contact.UriParams = sip.HeaderParams{{K: "transport", V: "tcp"}}
	}
	req := sip.NewRequest(sip.REGISTER, *r.target.Clone())
	mf := sip.MaxForwardsHeader(70)
	req.AppendHeader(&mf)
	req.AppendHeader(&sip.FromHeader{Address: account, Params: tagParams(r.tag)})
	req.AppendHeader(&sip.ToHeader{Address: account})
	id := r.callID
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: r.seq, MethodName: sip.REGISTER})
	req.AppendHeader(&sip.ContactHeader{Address: contact})
	req.AppendHeader(sip.NewHeader("Expires", strconv.Itoa(int(want/time.Second))))
	req.AppendHeader(sip.NewHeader("Allow", allowed))
	req.SetBody(nil)
	return req, nil
}

// exchange sends a request and waits for its final response.
func (r *Registration) exchange(ctx context.Context, req *sip.Request, at flow) (*sip.Response, error) {
	//lint:ignore contextcheck sending does not wait for ctx: the wait for the answer does
	tx, err := r.agent.send(req, at)
	if err != nil {
		return nil, err
	}
	defer tx.Terminate()
	for {
		select {
		case res := <-tx.Responses():
			if !res.IsProvisional() {
				return res, nil
			}
		case <-tx.Done():
			return nil, cause.Errorf(cause.Unavailable, "register %s at %s: no answer", r.o.Login.Name, r.o.Registrar)
		case <-ctx.Done():
			return nil, cause.Errorf(cause.Unavailable, "register %s at %s: %w", r.o.Login.Name, r.o.Registrar, ctx.Err())
		}
	}
}

// granted reads how long our contact is kept: its own expires in the answer, else the header's, else what we asked for
// (RFC 3261 §10.2.4).
func (r *Registration) granted(req *sip.Request, res *sip.Response, want time.Duration) (time.Duration, error) {
	if res.StatusCode != sip.StatusOK {
		kind := cause.Unavailable
		if res.StatusCode == 401 || res.StatusCode == 403 || res.StatusCode == 407 {
			kind = cause.Denied
		}
		return 0, cause.Errorf(kind, "register %s at %s: %d %s", r.o.Login.Name, r.o.Registrar, res.StatusCode, res.Reason)
	}
	ours := req.Contact().Address
	text := ""
	for _, h := range res.GetHeaders("contact") {
		if c, ok := h.(*sip.ContactHeader); ok && c.Address.User == ours.User && c.Address.HostPort() == ours.HostPort() {
			text, _ = c.Params.Get("expires")
		}
	}
	if h := res.GetHeader("expires"); text == "" && h != nil {
		text = h.Value()
	}
	if n, err := strconv.Atoi(text); err == nil && n > 0 {
		return min(want, time.Duration(n)*time.Second), nil
	}
	return want, nil
}
