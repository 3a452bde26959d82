package access

import (
	"errors"
	"testing"
)

func TestANameThatResolvesToTheMetadataServiceIsNotDialled(t *testing.T) {
	for _, address := range []string{"169.254.169.254:443", "[fd00:ec2::254]:443", "[::ffff:169.254.170.2]:443", "0.0.0.0:443"} {
		t.Run(address, func(t *testing.T) {
			if err := dialer.Control("tcp", address, nil); !errors.Is(err, ErrReserved) {
				t.Fatalf("error is %v", err)
			}
		})
	}
	if err := dialer.Control("tcp", "10.0.0.1:443", nil); err != nil {
		t.Errorf("a private address is refused: %v", err)
	}
}
