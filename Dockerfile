# The manager, and the program of its probe pods, static, on an image that has nothing but certificates and a user. For those who
# build with Docker; `make image` needs none. First: make binaries.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t registry.example/crossvpc .
#
# The base is named here alone, by digest: the Makefile takes it from here, and Dependabot renews it.
FROM gcr.io/distroless/static:nonroot@sha256:1c2c046bc09ed40fad370b599a0b1ae7987f55b01e247cf27a7c27cd97e5bbc7
ARG TARGETOS TARGETARCH
COPY dist/bin/${TARGETOS}-${TARGETARCH}/manager dist/bin/${TARGETOS}-${TARGETARCH}/probe /
USER 65532:65532
ENTRYPOINT ["/manager"]
