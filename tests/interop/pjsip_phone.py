"""A PJSIP phone as a program: commands come as JSON lines on stdin, what happens goes out as JSON lines on stdout.

It is a process of its own for two reasons: PJSIP is GPL, and it takes its interpreter along when it crashes. Nothing
of ours is imported here, and nobody imports this; tests/interop/pjsip.py starts it. It has no sound card: to whom it
talks it plays a tone, and what it hears it writes into a WAV file, one for each call.
"""

import json
import os
import select
import sys
from pathlib import Path
from typing import Any, Final

import pjsua2 as pj  # type: ignore[import-untyped]

HOST: Final = "127.0.0.1"
RATE: Final = 8000
POLL_MILLISECONDS: Final = 10
TRANSPORTS: Final = {
    "udp": pj.PJSIP_TRANSPORT_UDP,
    "tcp": pj.PJSIP_TRANSPORT_TCP,
    "tls": pj.PJSIP_TRANSPORT_TLS,
}

SOUND: Final = {
    pj.PJSUA_CALL_MEDIA_ACTIVE: "active",
    pj.PJSUA_CALL_MEDIA_LOCAL_HOLD: "held by us",
    pj.PJSUA_CALL_MEDIA_REMOTE_HOLD: "held by them",
}


def tell(event: str, **facts: Any) -> None:
    """Writes one event."""
    sys.stdout.write(json.dumps({"event": event} | facts) + "\n")
    sys.stdout.flush()


class Call(pj.Call):  # type: ignore[misc]
    """A call that plays the phone's tone, and records what it hears."""

    def __init__(self, phone: "Phone", call_id: int = pj.PJSUA_INVALID_ID) -> None:
        super().__init__(phone.account, call_id)
        self.phone = phone
        self.recorder: Any = None

    def onCallState(self, prm: Any) -> None:  # noqa: N802
        """Tells how far the call is, and forgets it at its end."""
        info = self.getInfo()
        tell(
            "call",
            call=info.callIdString,
            state=info.stateText,
            status=info.lastStatusCode,
            reason=info.lastReason,
        )
        if info.state == pj.PJSIP_INV_STATE_DISCONNECTED:
            self.recorder = None
            self.phone.calls.remove(self)
            self.phone.ended.append(self)

    def onCallMediaState(self, prm: Any) -> None:  # noqa: N802
        """Joins tone and recorder to the sound of the call, as often as it begins anew."""
        info = self.getInfo()  # kept while its media are looked at: they are gone with it
        for media in info.media:
            tell("media", call=info.callIdString, sound=SOUND.get(media.status, "none"))
            if media.status != pj.PJSUA_CALL_MEDIA_ACTIVE:
                continue
            sound = self.getAudioMedia(media.index)
            self.phone.tone.startTransmit(sound)
            if self.recorder is None:
                self.recorder = self.phone.new_recorder()
            sound.startTransmit(self.recorder)

    def onCallTransferRequest(self, prm: Any) -> None:  # noqa: N802
        """Does what a REFER asks for, with a call like this one."""
        prm.newCall = self.phone.new_call()

    def onCallReplaceRequest(self, prm: Any) -> None:  # noqa: N802
        """Takes a call that comes in the place of this one (RFC 3891)."""
        prm.newCall = self.phone.new_call()

    def onDtmfDigit(self, prm: Any) -> None:  # noqa: N802
        """Tells a key that the other side pressed."""
        tell("digit", digit=prm.digit)

    def onInstantMessage(self, prm: Any) -> None:  # noqa: N802
        """Tells a text that the other side wrote."""
        tell("message", text=prm.msgBody)

    def onCallTransferStatus(self, prm: Any) -> None:  # noqa: N802
        """Tells what the other side says of the transfer that we asked it for (RFC 3515 §2.4.5)."""
        tell("transfer", status=prm.statusCode, final=prm.finalNotify)


class Account(pj.Account):  # type: ignore[misc]
    """The registration, and the calls that come by it."""

    def __init__(self, phone: "Phone") -> None:
        super().__init__()
        self.phone = phone

    def onRegState(self, prm: Any) -> None:  # noqa: N802
        """Tells the answer to each REGISTER."""
        tell("registered", status=prm.code, expires=prm.expiration)

    def onIncomingCall(self, prm: Any) -> None:  # noqa: N802
        """Rings."""
        call = self.phone.new_call(prm.callId)
        ringing = pj.CallOpParam()
        ringing.statusCode = 180
        call.answer(ringing)
        tell("incoming", call=call.getInfo().callIdString)


class Phone:
    """The phone: an endpoint, its account, its calls. What stands in a command as `do` is one of its methods."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.folder = Path(settings["folder"])
        self.calls: list[Call] = []
        self.ended: list[Call] = []  # kept: PJSIP still works with a call while it tells of its end
        self.recordings = 0
        self.endpoint = self._started(settings)
        self.tone = self._tone(settings["hertz"])
        self.account = Account(self)
        self.account.create(_account(settings))

    def run(self) -> None:
        """Does what stdin says, until that ends."""
        waiting = b""
        os.set_blocking(0, False)
        while True:
            self.endpoint.libHandleEvents(POLL_MILLISECONDS)
            if not select.select([0], [], [], 0)[0]:
                continue
            data = os.read(0, 65_536)
            if not data:
                return
            *lines, waiting = (waiting + data).split(b"\n")
            for line in lines:
                self._obey(json.loads(line))

    def new_call(self, call_id: int = pj.PJSUA_INVALID_ID) -> Call:
        """One more call, kept until it has ended."""
        call = Call(self, call_id)
        self.calls.append(call)
        return call

    def new_recorder(self) -> Any:
        """What writes the sound of one more call."""
        self.recordings += 1
        recorder = pj.AudioMediaRecorder()
        recorder.createRecorder(str(self.folder / f"{self.recordings:03}-dec.wav"))
        return recorder

    def dial(self, uri: str) -> None:
        """Begins a call."""
        self.new_call().makeCall(uri, pj.CallOpParam(True))

    def answer(self, status: int) -> None:
        """Answers the newest call: 200 takes it, from 300 on it is refused."""
        how = pj.CallOpParam()
        how.statusCode = status
        if status < 300:
            self.calls[-1].answer(how)
        else:
            self.calls[-1].hangup(how)

    def hang_up(self) -> None:
        """Ends the newest call, or gives it up."""
        self.calls[-1].hangup(pj.CallOpParam(True))

    def hang_up_first(self) -> None:
        """Ends the call that it has had longest."""
        self.calls[0].hangup(pj.CallOpParam(True))

    def hold(self) -> None:
        """Puts the newest call on hold."""
        self.calls[-1].setHold(pj.CallOpParam(True))

    def resume(self) -> None:
        """Takes it back."""
        again = pj.CallOpParam(True)
        again.opt.flag = pj.PJSUA_CALL_UNHOLD
        self.calls[-1].reinvite(again)

    def transfer(self, uri: str) -> None:
        """Asks the other side of the newest call to call `uri` instead (blind)."""
        self.calls[-1].xfer(uri, pj.CallOpParam(True))

    def join(self) -> None:
        """Asks the other side of the first call to take our place in the second one (attended, RFC 3891)."""
        first, second = self.calls
        first.xferReplaces(second, pj.CallOpParam(True))

    def send_digit(self, digit: str) -> None:
        """Sends a key by INFO in the newest call."""
        how = pj.CallSendDtmfParam()
        how.digits, how.method = digit, pj.PJSUA_DTMF_METHOD_SIP_INFO
        self.calls[-1].sendDtmf(how)

    def write(self, text: str) -> None:
        """Sends a text in the newest call."""
        message = pj.SendInstantMessageParam()
        message.content = text
        self.calls[-1].sendInstantMessage(message)

    def clear(self) -> None:
        """Ends all calls."""
        self.endpoint.hangupAllCalls()

    def _obey(self, command: dict[str, Any]) -> None:
        name = command.pop("do")
        try:
            getattr(self, name)(**command)
        except pj.Error as error:
            tell("failed", command=name, why=error.info())
        else:
            tell("done", command=name)

    def _started(self, settings: dict[str, Any]) -> Any:
        endpoint = pj.Endpoint()
        endpoint.libCreate()
        config = pj.EpConfig()
        config.uaConfig.threadCnt = 0
        config.uaConfig.mainThreadOnly = True
        config.uaConfig.userAgent = "PJSIP " + endpoint.libVersion().full
        config.logConfig.level = 5
        config.logConfig.consoleLevel = 0
        config.logConfig.filename = str(self.folder / "log")
        config.medConfig.clockRate = config.medConfig.sndClockRate = RATE
        config.medConfig.noVad = True
        config.medConfig.ecTailLen = 0
        endpoint.libInit(config)
        transport = pj.TransportConfig()
        transport.boundAddress = HOST
        transport.tlsConfig.CaListFile = settings["ca"]
        transport.tlsConfig.verifyServer = bool(settings["ca"])
        endpoint.transportCreate(TRANSPORTS[settings["transport"]], transport)
        endpoint.libStart()
        endpoint.audDevManager().setNullDev()
        for codec in endpoint.codecEnum2():
            endpoint.codecSetPriority(codec.codecId, 255 if codec.codecId.startswith("PCMU") else 0)
        return endpoint

    def _tone(self, hertz: int) -> Any:
        tone = pj.ToneGenerator()
        tone.createToneGenerator(RATE)
        sine = pj.ToneDesc()
        sine.freq1, sine.on_msec, sine.off_msec = hertz, 1000, 0
        tones = pj.ToneDescVector()
        tones.append(sine)
        tone.play(tones, True)
        return tone


def _account(settings: dict[str, Any]) -> Any:
    """The account: all goes by the edge. A registration is refreshed after `refresh` seconds; 0: before its end."""
    config = pj.AccountConfig()
    config.idUri = f"{settings['scheme']}:{settings['username']}@{settings['domain']}"
    config.regConfig.registrarUri = f"{settings['scheme']}:{settings['domain']}"
    config.regConfig.timeoutSec = settings["expires"]
    if settings["refresh"]:
        config.regConfig.delayBeforeRefreshSec = settings["expires"] - settings["refresh"]
    config.regConfig.retryIntervalSec = 1
    if "100rel" in settings["required"]:
        config.callConfig.prackUse = pj.PJSUA_100REL_MANDATORY
    if "timer" in settings["required"]:
        config.callConfig.timerUse = pj.PJSUA_SIP_TIMER_REQUIRED
    secret = pj.AuthCredInfo("digest", "*", settings["username"], 0, settings["password"])
    config.sipConfig.authCreds.append(secret)
    config.sipConfig.proxies.append(settings["edge"])
    config.mediaConfig.transportConfig.port = 30_000
    config.mediaConfig.transportConfig.portRange = 8_000
    config.mediaConfig.transportConfig.boundAddress = HOST
    return config


def main() -> None:
    """Runs a phone; its settings, in JSON, are the only argument."""
    phone = Phone(json.loads(sys.argv[1]))
    tell("started")
    phone.run()
    phone.clear()
    os._exit(0)  # PJSIP's own end takes a second, and may crash an interpreter that goes at the same time


if __name__ == "__main__":
    main()
