package emulator

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

func fixedClock() time.Time { return time.Date(2026, 11, 20, 9, 14, 7, 0, time.UTC) }

func TestNoEmulator(t *testing.T) {
	t.Setenv("PATH", "")
	t.Setenv("MOTO_ENDPOINT", "")
	t.Chdir(t.TempDir())
	if _, err := Start(t.Context(), Options{}); !errors.Is(err, ErrNoEmulator) {
		t.Errorf("have %v", err)
	}
	for _, address := range []string{"nowhere", "http://127.0.0.1:1"} {
		if _, err := Start(t.Context(), Options{Moto: address}); err == nil || errors.Is(err, ErrNoEmulator) {
			t.Errorf("%s: have %v", address, err)
		}
	}
}

func TestMotoOfSomebodyElseIsLeftRunning(t *testing.T) {
	t.Parallel()
	owner := ForTest(t)
	guest, err := Start(t.Context(), Options{Moto: owner.moto.address, Now: fixedClock})
	ok(t, guest, err)
	listed, err := s3.NewFromConfig(guest.Config(account, region)).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	ok(t, listed, err)
	equal(t, "time of the call", guest.Calls()[0].Time, fixedClock())
	if err := guest.Close(); err != nil {
		t.Fatal(err)
	}
	listed, err = s3.NewFromConfig(owner.Config(account, region)).ListBuckets(t.Context(), &s3.ListBucketsInput{})
	ok(t, listed, err)
}
