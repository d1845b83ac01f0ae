package house

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/sipcore"
	"roadline/sipcore/digest"
	"roadline/store"
)

// accounts are the directory's and the gateways', as SIP asks for them.
type accounts struct {
	d     *store.Directory
	boxes map[string]digest.Account
}

func (a accounts) Account(name string) (digest.Account, bool) {
	if box, ok := a.boxes[name]; ok {
		return box, true
	}
	x, ok := a.d.Account(name)
	if !ok {
		return digest.Account{}, false
	}
	return digest.Account{
		ID: x.Name, Company: x.Company, Employee: x.Employee, Device: x.Device, Realm: x.Realm, HA1: ha1Of(x.Secret),
	}, true
}

// ha1Of is a secret as SIP asks for it.
func ha1Of(s store.Secret) map[digest.Algorithm]string {
	ha1 := map[digest.Algorithm]string{}
	if s.SHA256 != "" {
		ha1[digest.SHA256] = s.SHA256
	}
	if s.MD5 != "" {
		ha1[digest.MD5] = s.MD5
	}
	return ha1
}

func (a accounts) Realms() []string { return a.d.Realms() }

// keeper writes registrations behind.
type keeper struct{ r *store.Registrations }

func (k keeper) Bound(b sipcore.Binding) {
	body, err := json.Marshal(b)
	if err != nil { // plain data marshals
		return
	}
	k.r.Keep(store.Registration{Company: b.Company, Account: b.Account, Key: b.Key, Expires: b.Expires, Body: body})
}

func (k keeper) Unbound(company fmc.CompanyID, account fmc.AccountID, key string) {
	k.r.Drop(company, account, key)
}

// secret reads a key of this machine, made where there is none.
func secret(file string) ([]byte, error) {
	key, err := os.ReadFile(file)
	if err == nil && len(key) >= 32 {
		return key, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, cause.Errorf(cause.Unavailable, "key %s: %w", file, err)
	}
	key = make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	return key, os.WriteFile(file, key, 0o600)
}

var (
	_ digest.Accounts = accounts{}
	_ sipcore.Keeper  = keeper{}
)
