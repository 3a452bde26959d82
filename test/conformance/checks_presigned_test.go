package conformance

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	presignedSource     = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html"
	troubleshootSource  = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html"
	authenticatorSource = "https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/v0.7.10/pkg/token/token.go"
)

func init() {
	register(
		check{Name: "a presigned GetCallerIdentity is answered in JSON to whoever accepts that", Source: authenticatorSource + " (getCallerIdentityWrapper)",
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				status, body := s.sendPresigned(s.presigned("prod"), "prod")
				same(t, "status", status, http.StatusOK)
				var answer struct {
					GetCallerIdentityResponse struct {
						GetCallerIdentityResult struct{ Account, Arn string }
						ResponseMetadata        struct{ RequestID string } // JSON's RequestId
					}
				}
				t.ok(json.Unmarshal(body, &answer))
				same(t, "account", answer.GetCallerIdentityResponse.GetCallerIdentityResult.Account, s.account)
				t.holds(answer.GetCallerIdentityResponse.GetCallerIdentityResult.Arn != "", "no ARN in %s", body)
				t.holds(answer.GetCallerIdentityResponse.ResponseMetadata.RequestID != "", "no request id in %s", body)
			}},
		check{Name: "a presigned request by a session names the session", Source: authenticatorSource,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", s.account)
				keys, err := s.assume(other, "network", "")
				t.ok(err)
				session := sideWith(t, target, other, target.configWithKeys(keys, here))
				status, body := session.sendPresigned(session.presigned("prod"), "prod")
				same(t, "status", status, http.StatusOK)
				t.holds(strings.Contains(string(body), "arn:aws:sts::"+other+":assumed-role/network/session"), "answer %s", body)
			}},
		check{Name: "a header that was signed must come as it was signed", Source: presignedSource, Needs: signatures,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				for _, other := range []string{"prod-2", ""} {
					status, body := s.sendPresigned(s.presigned("prod"), other)
					s.doesNotMatch(status, body, "The request signature we calculated does not match the signature you provided")
				}
			}},
		check{Name: "a presigned request by a wrong secret, for another action or of another region is refused", Source: presignedSource, Needs: signatures,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				keys, err := target.credentialsFor(t.Context(), s.account)
				t.ok(err)
				keys.SecretAccessKey += "x"
				forged := sideWith(t, target, s.account, target.configWithKeys(keys, here))
				status, body := s.sendPresigned(forged.presigned("prod"), "prod")
				s.doesNotMatch(status, body, "The request signature we calculated does not match")
				for was, is := range map[string]string{"Expires=60": "Expires=61", here: there, "GetCallerIdentity": "GetSessionToken"} {
					changed := strings.Replace(s.presigned("prod"), was, is, 1)
					status, body := s.sendPresigned(changed, "prod")
					t.holds(status == http.StatusForbidden, "%s for %s: %d %s", is, was, status, body)
				}
			}},
		check{Name: "a presigned request is taken for fifteen minutes, whatever X-Amz-Expires says", Source: authenticatorSource + " (requestPresignParam, presignedURLExpiration); " + troubleshootSource, Needs: signatures,
			Run: func(t *T, target *Target) {
				s := oneSide(t, target)
				presigned := s.presigned("prod") // it says 60 seconds
				target.control.Advance(14 * time.Minute)
				status, body := s.sendPresigned(presigned, "prod")
				t.holds(status == http.StatusOK, "after 14 minutes %d %s", status, body)
				target.control.Advance(2 * time.Minute)
				status, body = s.sendPresigned(presigned, "prod")
				s.doesNotMatch(status, body, "Signature expired: ")
			}},
		check{Name: "a presigned request ends with the session that signed it", Source: assumeRoleSource + "; ExpiredToken in " + stsErrorsSource, Needs: signatures,
			Run: func(t *T, target *Target) {
				s, other := oneSide(t, target), target.newAccount()
				target.declareRole(other, "network", "", s.account)
				keys, err := s.assume(other, "network", "")
				t.ok(err)
				target.control.Advance(55 * time.Minute)
				session := sideWith(t, target, other, target.configWithKeys(keys, here))
				presigned := session.presigned("prod")
				status, _ := s.sendPresigned(presigned, "prod")
				same(t, "status", status, http.StatusOK)
				target.control.Advance(6 * time.Minute)
				status, body := s.sendPresigned(presigned, "prod")
				t.holds(status == http.StatusForbidden && strings.Contains(string(body), "ExpiredToken"), "%d %s", status, body)
			}},
	)
}

// presigned is a GetCallerIdentity for a cluster, signed by the side now, as a URL.
func (s *side) presigned(cluster string) string {
	keys, err := s.config.Credentials.Retrieve(s.t.Context())
	s.t.ok(err)
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet,
		s.target.Endpoint+"/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Expires=60", http.NoBody)
	s.t.ok(err)
	request.Header.Set("x-k8s-aws-id", cluster)
	const nothing = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855" // the SHA-256 of an empty body
	signed, _, err := v4.NewSigner().PresignHTTP(s.t.Context(), keys, request, nothing, "sts", s.region, s.target.now())
	s.t.ok(err)
	return signed
}

// sendPresigned does what the authenticator of a cluster does.
func (s *side) sendPresigned(presigned, cluster string) (status int, body []byte) {
	request, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, presigned, http.NoBody)
	s.t.ok(err)
	request.Header.Set("x-k8s-aws-id", cluster)
	request.Header.Set("Accept", "application/json")
	response, err := s.target.http.Do(request)
	s.t.ok(err)
	body, err = io.ReadAll(response.Body)
	s.t.ok(err)
	s.t.ok(response.Body.Close())
	return response.StatusCode, body
}

func (s *side) doesNotMatch(status int, body []byte, saying string) {
	s.t.holds(status == http.StatusForbidden && strings.Contains(string(body), "SignatureDoesNotMatch") && strings.Contains(string(body), saying),
		"%d %s, want SignatureDoesNotMatch saying %q", status, body, saying)
}
