package awssim

import (
	"cmp"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/crossvpc/crossvpc/test/awssim/internal/sim"
)

const (
	// presignedLife is how long STS takes a presigned request, whatever X-Amz-Expires says
	// (github.com/kubernetes-sigs/aws-iam-authenticator pkg/token: presignedURLExpiration; the message:
	// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html).
	presignedLife = 15 * time.Minute
	// presignedEarly is how far ahead of AWS's clock a request may be signed.
	presignedEarly = 5 * time.Minute
	amzDate        = "20060102T150405Z"
)

// checkPresigned verifies the Signature Version 4 of a request whose signature is in its query string:
// docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. It is nil for others.
func checkPresigned(call *sim.Call, secret string) *sim.Failure {
	query := call.HTTP.URL.Query()
	if !query.Has("X-Amz-Signature") {
		return nil
	}
	signed, err := time.Parse(amzDate, query.Get("X-Amz-Date"))
	if err != nil || query.Get("X-Amz-Algorithm") != "AWS4-HMAC-SHA256" {
		return unsigned("IncompleteSignature", "Date must be in ISO-8601 'basic format', and the algorithm AWS4-HMAC-SHA256.")
	}
	now := call.Now.UTC()
	switch {
	case now.After(signed.Add(presignedLife)):
		return unsigned("SignatureDoesNotMatch", "Signature expired: "+signed.Format(amzDate)+" is now earlier than "+
			now.Add(-presignedLife).Format(amzDate)+" ("+now.Format(amzDate)+" - 15 min.)")
	case signed.After(now.Add(presignedEarly)):
		return unsigned("SignatureDoesNotMatch", "Signature not yet current: "+signed.Format(amzDate)+" is still later than "+
			now.Add(presignedEarly).Format(amzDate)+" ("+now.Format(amzDate)+" + 5 min.)")
	case !slices.Contains(signedHeaders(query), "host"):
		return unsigned("SignatureDoesNotMatch", "'Host' must be a 'SignedHeader' in the AWS Authorization.")
	}
	if !hmac.Equal([]byte(query.Get("X-Amz-Signature")), []byte(signature(call.HTTP, call.Body, secret))) {
		return unsigned("SignatureDoesNotMatch", "The request signature we calculated does not match the signature you provided. "+
			"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
	}
	return nil
}

func unsigned(code, message string) *sim.Failure {
	return &sim.Failure{Code: code, Message: message, Status: http.StatusForbidden}
}

// signature is what the sender had to come to.
func signature(r *http.Request, body []byte, secret string) string {
	query := r.URL.Query()
	_, scope, _ := strings.Cut(query.Get("X-Amz-Credential"), "/")
	request := digest(canonical(r, query, body))
	key := []byte("AWS4" + secret)
	for part := range strings.SplitSeq(scope, "/") {
		key = mac(key, part)
	}
	return hex.EncodeToString(mac(key, strings.Join([]string{"AWS4-HMAC-SHA256", query.Get("X-Amz-Date"), scope, request}, "\n")))
}

// canonical is the canonical request. A header that was signed and is not sent counts as empty.
func canonical(r *http.Request, query url.Values, body []byte) []byte {
	query.Del("X-Amz-Signature")
	path := r.URL.EscapedPath()
	if path == "" {
		path = "/"
	}
	lines := []string{r.Method, path, strings.ReplaceAll(query.Encode(), "+", "%20")}
	for _, name := range signedHeaders(query) {
		value := strings.Join(r.Header.Values(name), ",")
		if name == "host" {
			value = cmp.Or(r.Host, r.URL.Host)
		}
		lines = append(lines, name+":"+strings.Join(strings.Fields(value), " "))
	}
	return []byte(strings.Join(append(lines, "", query.Get("X-Amz-SignedHeaders"), digest(body)), "\n"))
}

func signedHeaders(query url.Values) []string {
	return strings.Split(query.Get("X-Amz-SignedHeaders"), ";")
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}
