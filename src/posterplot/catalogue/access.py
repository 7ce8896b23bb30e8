"""Limit what a catalogue may refer to: only its own folder, unless more is allowed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """Files and addresses that may be read besides the catalogue's own folder.

    A catalogue from another source could otherwise copy any image of this machine, or of its
    network, into a dataset.

    Args:
        outside: Posters whose paths lead out of the folder: absolute ones, ``..``, and links.
        remote: Posters on the web and in cloud storage, and catalogues on the Hugging Face hub.
        private: With ``remote``, posters may also come from this machine and its private network.
    """

    outside: bool = False
    remote: bool = False
    private: bool = False


OWN_FOLDER = Access()
