package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"image/color"
	"net/url"
	"strings"
	"time"

	"github.com/boombuler/barcode/qr"
	"github.com/pquerna/otp/totp"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/store"
)

// One-time codes are RFC 6238 as every authenticator has them: SHA-1, six digits, thirty seconds.
const (
	codePeriod  = 30 // s
	codeSkew    = 1  // steps that a clock may be off, either way
	recoveryFew = 10 // recovery codes
)

// Enrolment is what a person takes over into an authenticator.
type Enrolment struct {
	Secret string // in base32, to be typed
	URI    string // otpauth://…
	QR     QR     // of URI
}

// QR is a QR code, to be drawn.
type QR struct {
	Size int    // modules in a row, with the quiet zone
	Path string // of the dark modules, in SVG's words: one unit is one module
}

// NewCodes makes the secret of one-time codes for the viewer. It is kept in the session until ConfirmCodes.
func (d *Door) NewCodes(ctx context.Context, v Viewer) (Enrolment, error) {
	c, e, err := d.known(v.Company, v.Employee)
	if err != nil {
		return Enrolment{}, err
	}
	secret := rand.Text() // 26 characters of base32
	issuer := "Roadline " + c.Profile.Name
	uri := fmt.Sprintf("otpauth://totp/%s:%s?secret=%s&issuer=%s", url.PathEscape(issuer), url.PathEscape(string(e.ID)), secret, url.QueryEscape(issuer))
	drawn, err := drawQR(uri)
	if err != nil {
		return Enrolment{}, err
	}
	d.sessions.Put(ctx, inSecret, base64.StdEncoding.EncodeToString(d.sealed(v.Company, v.Employee, secret)))
	return Enrolment{Secret: secret, URI: uri, QR: drawn}, nil
}

// ConfirmCodes asks the viewer for one-time codes from now on, who shows the password and the first code. The recovery
// codes are told once.
func (d *Door) ConfirmCodes(ctx context.Context, v Viewer, password, code string) (recovery []string, err error) {
	sealed, err := base64.StdEncoding.DecodeString(d.sessions.GetString(ctx, inSecret))
	if err != nil || len(sealed) == 0 {
		return nil, cause.Errorf(cause.Invalid, "the one-time codes: begin again: nothing is being set up in this session")
	}
	if err := d.rightNow(ctx, v, password); err != nil {
		return nil, err
	}
	secret, err := d.opened(v.Company, v.Employee, sealed)
	if err != nil {
		return nil, err
	}
	step, right := stepOf(secret, code, d.o.Now())
	if !right {
		return nil, cause.Errorf(cause.Invalid, "the code is not the one that the authenticator shows now: look whether its clock is right, and write the next one")
	}
	for range recoveryFew {
		recovery = append(recovery, newRecovery())
	}
	ctx = store.Audited(ctx, &store.AuditEntry{Who: string(v.Employee), Address: v.Address, What: "codes.begin", Object: string(v.Employee)})
	if err := d.o.Store.For(v.Company).SetCodes(ctx, v.Employee, sealed, step, plainCodes(recovery)); err != nil {
		return nil, err
	}
	d.sessions.Remove(ctx, inSecret)
	return recovery, nil
}

// EndCodes asks the viewer for no one-time codes any more, who shows the password.
func (d *Door) EndCodes(ctx context.Context, v Viewer, password string) error {
	if err := d.rightNow(ctx, v, password); err != nil {
		return err
	}
	ctx = store.Audited(ctx, &store.AuditEntry{Who: string(v.Employee), Address: v.Address, What: "codes.end", Object: string(v.Employee)})
	return d.o.Store.For(v.Company).RemoveCodes(ctx, v.Employee)
}

// rightCode takes a one-time code, or a recovery code.
func (d *Door) rightCode(ctx context.Context, company fmc.CompanyID, employee fmc.EmployeeID, code string) (bool, error) {
	code = plainCode(code)
	sealed, err := d.o.Store.Operator().Codes(ctx, company, employee)
	if err != nil || sealed == nil {
		return false, err
	}
	if len(code) == recoveryLong {
		return d.o.Store.Operator().TakeRecovery(ctx, company, employee, code)
	}
	secret, err := d.opened(company, employee, sealed)
	if err != nil {
		return false, err
	}
	step, right := stepOf(secret, code, d.o.Now())
	if !right {
		return false, nil
	}
	return d.o.Store.Operator().TakeCode(ctx, company, employee, step)
}

// stepOf returns the step, counted in codePeriod since 1970, whose code it is.
func stepOf(secret, code string, now time.Time) (step int64, right bool) {
	code = plainCode(code)
	for at := now.Unix()/codePeriod - codeSkew; at <= now.Unix()/codePeriod+codeSkew; at++ {
		want, err := totp.GenerateCode(secret, time.Unix(at*codePeriod, 0))
		if err == nil && subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 {
			step, right = at, true
		}
	}
	return step, right
}

// recoveryLong is how many characters a recovery code has, without its dash: 50 bits.
const recoveryLong = 10

func newRecovery() string {
	text := rand.Text()
	return text[:recoveryLong/2] + "-" + text[recoveryLong/2:recoveryLong]
}

// plainCode is a code without what people put between its characters.
func plainCode(code string) string {
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code))
}

func plainCodes(codes []string) []string {
	var all []string
	for _, c := range codes {
		all = append(all, plainCode(c))
	}
	return all
}

// sealed closes a secret for the database: only this node's key opens it, and only for that person.
func (d *Door) sealed(company fmc.CompanyID, employee fmc.EmployeeID, secret string) []byte {
	nonce := make([]byte, d.seal.NonceSize())
	_, _ = rand.Read(nonce) // never fails: crypto/rand
	return d.seal.Seal(nonce, nonce, []byte(secret), []byte(string(company)+"/"+string(employee)))
}

func (d *Door) opened(company fmc.CompanyID, employee fmc.EmployeeID, sealed []byte) (string, error) {
	n := d.seal.NonceSize()
	if len(sealed) < n {
		return "", fmt.Errorf("secret of one-time codes of %s: %d bytes are too few", employee, len(sealed))
	}
	secret, err := d.seal.Open(nil, sealed[:n], sealed[n:], []byte(string(company)+"/"+string(employee)))
	if err != nil {
		return "", fmt.Errorf("secret of one-time codes of %s: this node's key does not open it: %w", employee, err)
	}
	return string(secret), nil
}

// quiet is the blank around a QR code, in modules: ISO/IEC 18004 wants four.
const quiet = 4

func drawQR(text string) (QR, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
	if err != nil {
		return QR{}, fmt.Errorf("QR code: %w", err)
	}
	size := code.Bounds().Dx()
	var path strings.Builder
	for y := range size {
		for x := range size {
			if code.At(x, y) == color.Black {
				fmt.Fprintf(&path, "M%d %dh1v1h-1z", x+quiet, y+quiet)
			}
		}
	}
	return QR{Size: size + 2*quiet, Path: path.String()}, nil
}
