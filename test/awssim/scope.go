package awssim

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

// scope is what a signed request says about its sender and addressee. Of requests that are signed in a
// header the signature itself is not checked; of presigned ones, which prove who somebody is, it is.
type scope struct {
	accessKey, token, region, service string
}

// signedHeader is the Authorization header of Signature Version 4.
var signedHeader = regexp.MustCompile(`^AWS4-HMAC-SHA256 +Credential=([^,]+),`)

func readScope(r *http.Request) (scope, *sim.Failure) {
	credential, token := "", r.Header.Get("X-Amz-Security-Token")
	if parts := signedHeader.FindStringSubmatch(r.Header.Get("Authorization")); parts != nil {
		credential = parts[1]
	} else if presigned := r.URL.Query(); presigned.Has("X-Amz-Credential") {
		credential, token = presigned.Get("X-Amz-Credential"), presigned.Get("X-Amz-Security-Token")
	}
	parts := strings.Split(credential, "/")
	if len(parts) != 5 || parts[4] != "aws4_request" {
		failure := sim.Fail("AuthFailure", "AWS was not able to validate the provided access credentials")
		failure.Status = http.StatusUnauthorized
		return scope{}, failure
	}
	return scope{accessKey: parts[0], region: parts[2], service: parts[3], token: token}, nil
}
