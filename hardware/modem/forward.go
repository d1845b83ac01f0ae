package modem

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// Forwarder is a Modem that can ask its network where it takes calls that the card cannot, and have it take them elsewhere.
// It is about voice alone. Capabilities.Forward says whether a module can. Both methods wait for the network.
type Forwarder interface {
	// Forwarded asks where calls go for a reason. A network that does not say it is cause.Unavailable, one that refuses
	// cause.Denied.
	Forwarded(context.Context, ForwardReason) (Forward, error)
	// Forward has calls go elsewhere; the zero Forward: nowhere. That the network said yes is all that nil says.
	Forward(context.Context, ForwardReason, Forward) error
}

// ForwardReason is why the network takes a call elsewhere, by its number in 27.007 §7.11.
type ForwardReason int

// The reasons.
const (
	ForwardAlways ForwardReason = iota
	ForwardBusy
	ForwardNoReply
	ForwardUnreachable
)

// Forward is where calls go.
type Forward struct {
	Number string        // with + where the network says that it is international; empty: nowhere
	After  time.Duration // of ForwardNoReply, in seconds: how long it rings before; 0: the network does not say
}

var _ Forwarder = (*driver)(nil)

// forwardLimit is how long the network may take: some ask the card's home, which may be abroad.
const forwardLimit = 20 * time.Second

// Forwarded is documented at Forwarder. The class is left out first: 27.007 has voice among the classes that are meant
// then, and firmware for LTE refuses a number there. Some older one wants it.
func (d *driver) Forwarded(ctx context.Context, why ForwardReason) (Forward, error) {
	ask := fmt.Sprintf("+CCFC=%d,2", why)
	answer, err := d.eitherForm(ctx, ask, ask+",,,1")
	if err != nil {
		return Forward{}, fmt.Errorf("ask where calls go: %w", err)
	}
	for _, line := range answer {
		if f, ok := forwardOf(line); ok {
			return f, nil
		}
	}
	return Forward{}, cause.Errorf(cause.Unavailable, "ask where calls go: the network did not say it of voice calls: %q", at.Mask(strings.Join(answer, "; ")))
}

// Forward is documented at Forwarder.
func (d *driver) Forward(ctx context.Context, why ForwardReason, to Forward) error {
	var forms [2]string
	switch {
	case to.Number == "":
		forms = [2]string{fmt.Sprintf("+CCFC=%d,4", why), fmt.Sprintf("+CCFC=%d,4,,,1", why)}
	case strings.Trim(strings.TrimPrefix(to.Number, "+"), "0123456789") != "":
		return cause.Errorf(cause.Invalid, "forward calls: %q is no number", to.Number)
	default:
		kind := 129
		if strings.HasPrefix(to.Number, "+") {
			kind = 145
		}
		timer := ""
		if why == ForwardNoReply && to.After > 0 {
			timer = fmt.Sprintf(",,,%d", to.After/time.Second)
		}
		set := fmt.Sprintf(`+CCFC=%d,3,"%s",%d`, why, to.Number, kind)
		forms = [2]string{set + ",1" + timer, set}
		if timer != "" {
			forms[1] = set + "," + timer
		}
	}
	if _, err := d.eitherForm(ctx, forms[0], forms[1]); err != nil {
		return fmt.Errorf("forward calls: %w", err)
	}
	return nil
}

// eitherForm gives a command, and where the module does not take its form, another. What the network refuses is not asked
// twice.
func (d *driver) eitherForm(ctx context.Context, first, second string) ([]string, error) {
	answer, err := d.ask(ctx, first, "+CCFC", forwardLimit)
	if refused, ok := errors.AsType[*at.Refused](err); ok && unformed(refused) {
		answer, err = d.ask(ctx, second, "+CCFC", forwardLimit)
	}
	if refused, ok := errors.AsType[*at.Refused](err); ok && byNetwork(refused) {
		return nil, cause.Errorf(cause.Denied, "the network refuses it: %w", err)
	}
	return answer, err
}

// unformed reports that a module may not know the form of a command: plain ERROR, and 27.007's operation not supported,
// incorrect parameters.
func unformed(r *at.Refused) bool {
	return r.Code < 0 && r.Set == "" || r.Set == "CME" && (r.Code == 4 || r.Code == 50)
}

// byNetwork reports that the network said no. Modules tell it as an operation that is not allowed (3), as unknown (100), as
// an unspecified error of the network (148, 27.007 §9.2.2), or in words of the network, without a number.
func byNetwork(r *at.Refused) bool {
	return r.Set == "CME" && (r.Code < 0 || r.Code == 3 || r.Code == 100 || r.Code == 148)
}

// forwardOf reads `+CCFC: <status>,<class>[,"<number>",<type>[,"<subaddress>",<type>[,<time>]]]`; false where the line
// says nothing of voice, which is 1 in the sum of classes. Firmware that leaves the class out of a status 0 is about.
func forwardOf(line string) (Forward, bool) {
	f, ok := at.Values(line, "+CCFC")
	if !ok || len(f) == 0 {
		return Forward{}, false
	}
	status, ok := f[0].Number()
	if !ok {
		return Forward{}, false
	}
	if len(f) > 1 {
		if class, ok := f[1].Number(); !ok || class&1 == 0 {
			return Forward{}, false
		}
	}
	if status != 1 {
		return Forward{}, true
	}
	if len(f) < 3 {
		return Forward{}, false
	}
	to := Forward{Number: strings.TrimSpace(f[2].Text)}
	if len(f) > 3 {
		to.Number = international(to.Number, f[3].Text)
	}
	if len(f) > 6 {
		if n, ok := f[6].Number(); ok {
			to.After = time.Duration(n) * time.Second
		}
	}
	return to, to.Number != ""
}
