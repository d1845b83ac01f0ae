package web_test

import (
	"testing"

	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
